import { type Api, apiAt, logIn } from './call-api.ts'
import { type DemoEvent, demoEvents } from './demo-events.ts'
import { capacityOf, type DemoHall } from './demo-halls.ts'

export const adminEmail = 'admin@ticketing.test'
export const buyerEmail = 'fan@ticketing.test'

/** Where the demo is in the catalogue: IDs as the ordinary API serves them. */
export interface Demo {
  readonly events: readonly {
    readonly key: DemoEvent['key']
    readonly title: string
    readonly eventId: string
    readonly scheduleId: string
    readonly saleStartAt: string
  }[]
}

interface Listed {
  readonly list: readonly { readonly id: string; readonly title: string }[]
}

interface Detail {
  readonly id: string
  readonly title: string
  readonly schedules: readonly { readonly id: string; readonly saleStartAt: string }[]
}

/**
 * Loads venues, halls and the three demo events through the gateway as the admin; what is there already (same title) is
 * left as it is, so every start may call it.
 */
export async function loadDemo(gatewayUrl: string, adminPassword: string): Promise<Demo> {
  const publicApi = apiAt(gatewayUrl)
  const found = await Promise.all(demoEvents.map((event) => findByTitle(publicApi, event.title)))
  const admin = found.every((event) => event !== undefined)
    ? publicApi
    : apiAt(gatewayUrl, await logIn(gatewayUrl, adminEmail, adminPassword))
  const halls = new Map<DemoHall, { venueId: string; hallId: string }>()
  const events = []
  for (const [index, event] of demoEvents.entries()) {
    const detail = found[index] ?? (await createEvent(admin, event, halls))
    const [schedule] = detail.schedules
    if (!schedule)
      throw new Error(`The demo event "${event.title}" has no schedule; npm run stack reset starts afresh.`)
    events.push({
      key: event.key,
      title: event.title,
      eventId: detail.id,
      scheduleId: schedule.id,
      saleStartAt: schedule.saleStartAt,
    })
  }
  return { events }
}

async function findByTitle(api: Api, title: string): Promise<Detail | undefined> {
  const listed = await api<Listed>('GET', `/events?q=${encodeURIComponent(title)}&size=100`)
  const match = listed.list.find((event) => event.title === title)
  return match && (await api<Detail>('GET', `/events/${match.id}`))
}

async function createEvent(api: Api, event: DemoEvent, halls: Map<DemoHall, { venueId: string; hallId: string }>) {
  const { venueId, hallId } = halls.get(event.hall) ?? (await createHall(api, event.hall))
  halls.set(event.hall, { venueId, hallId })
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const created = await api<{ id: string }>('POST', '/events', {
    title: event.title,
    artist: event.artist,
    description: event.description,
    venueId,
    hallId,
    prices: event.prices,
    schedules: [
      {
        playSequence: 1,
        eventStartAt: at(event.startHours),
        eventEndAt: at(event.startHours + 2.5),
        saleStartAt: at(event.saleStartHours),
        saleEndAt: at(event.saleEndHours),
      },
    ],
  })
  await api('POST', `/events/${created.id}/publish`)
  return api<Detail>('GET', `/events/${created.id}`)
}

async function createHall(api: Api, hall: DemoHall): Promise<{ venueId: string; hallId: string }> {
  const venue = await api<{ id: string }>('POST', '/venues', hall.venue)
  const made = await api<{ id: string }>('POST', `/venues/${venue.id}/halls`, {
    name: hall.hall,
    capacity: capacityOf(hall),
    seatTemplate: { sections: hall.sections },
  })
  return { venueId: venue.id, hallId: made.id }
}
