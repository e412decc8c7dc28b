import type { EventService } from './test-event-service.ts'

export const hoursFromNow = (hours: number): string =>
  new Date(performance.timeOrigin + performance.now() + hours * 3_600_000).toISOString()

/** Two grades, 2 × 3 VIP seats and 2 × 2 S seats. */
export const smallTemplate = {
  sections: [
    { name: 'A', grade: 'VIP', rows: 2, seatsPerRow: 3, position: { x: 0, y: 0 } },
    { name: 'B', grade: 'S', rows: 2, seatsPerRow: 2, position: { x: 0, y: 10 } },
  ],
}
export const smallPrices = { VIP: 150_000, S: 90_000 }

/** A schedule on sale now, whose show is in a month, unless told otherwise; all in hours from now. */
export const schedulePlan = (
  options: { playSequence?: number; saleStart?: number; saleEnd?: number; start?: number; end?: number } = {},
) => {
  const start = options.start ?? 720
  return {
    playSequence: options.playSequence ?? 1,
    eventStartAt: hoursFromNow(start),
    eventEndAt: hoursFromNow(options.end ?? start + 3),
    saleStartAt: hoursFromNow(options.saleStart ?? -1),
    saleEndAt: hoursFromNow(options.saleEnd ?? start - 1),
  }
}

let made = 0

/** Makes a venue with a hall through the API. */
export async function makeHall(service: EventService, template: object = smallTemplate, capacity = 10, city = 'Seoul') {
  made += 1
  const venue = await service.call('POST', '/venues', {
    as: 'admin',
    body: { name: `Venue ${made}`, address: 'Olympic-ro 424', city },
  })
  const hall = await service.call('POST', `/venues/${venue.body.id}/halls`, {
    as: 'admin',
    body: { name: 'Main', capacity, seatTemplate: template },
  })
  return { venueId: String(venue.body.id), hallId: String(hall.body.id) }
}

/** Makes an event through the API, published unless told otherwise. */
export async function makeEvent(
  service: EventService,
  options: {
    title?: string
    artist?: string
    description?: string
    place?: { venueId: string; hallId: string }
    prices?: object
    schedules?: ReturnType<typeof schedulePlan>[]
    publish?: boolean
  } = {},
) {
  const place = options.place ?? (await makeHall(service))
  const created = await service.call('POST', '/events', {
    as: 'admin',
    body: {
      title: options.title ?? 'LUMINA World Tour',
      artist: options.artist ?? 'LUMINA',
      description: options.description ?? 'A show',
      ...place,
      prices: options.prices ?? smallPrices,
      schedules: options.schedules ?? [schedulePlan()],
    },
  })
  if (created.status !== 201) throw new Error(`no event was made: ${created.text}`)
  const eventId = String(created.body.id)
  if (options.publish !== false) await service.call('POST', `/events/${eventId}/publish`, { as: 'admin' })
  return { eventId, scheduleId: String(created.body.schedules[0].id), ...place }
}

/** The seats of a schedule in ordinal order. */
export const seatsOf = (service: EventService, scheduleId: string) =>
  service.database.db
    .selectFrom('seats')
    .selectAll()
    .where('event_schedule_id', '=', scheduleId)
    .orderBy('ordinal')
    .execute()

/** The messages in the outbox, oldest first, of one type and schedule. */
export async function outboxOf(service: EventService, eventType: string, scheduleId: string) {
  const rows = await service.database.db
    .selectFrom('outbox_events')
    .select(['payload', 'key'])
    .where('event_type', '=', eventType)
    .where('aggregate_id', '=', scheduleId)
    .orderBy('seq')
    .execute()
  return rows.map((row) => ({ key: row.key, ...(row.payload as { payload: Record<string, unknown> }) }))
}
