import { inTransaction } from '@ticket-queue/database'
import { eventTarget, everyListTarget, scheduleTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import type { Venue, VenueInput } from '../domain/venue.ts'

/** Changes what is given of a venue (EVT-011) and drops the answers that show it; null if there is no such venue. */
export async function changeVenue(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  venueId: string,
  change: { [Field in keyof VenueInput]?: VenueInput[Field] | undefined },
): Promise<Venue | null> {
  const changed = await inTransaction(db, async (trx) => {
    const venue = await trx
      .updateTable('venues')
      .set((set) => ({ ...change, version: set('version', '+', 1) }))
      .where('id', '=', venueId)
      .where('deleted_at', 'is', null)
      .returning(['id', 'name', 'address', 'city'])
      .executeTakeFirst()
    if (venue === undefined) return null
    const shown = await trx
      .selectFrom('events')
      .leftJoin('event_schedules', 'event_schedules.event_id', 'events.id')
      .select(['events.id as eventId', 'event_schedules.id as scheduleId'])
      .where('events.venue_id', '=', venueId)
      .execute()
    return { venue, shown }
  })
  if (changed === null) return null
  const targets = changed.shown.flatMap(({ eventId, scheduleId }) => [
    eventTarget(eventId),
    ...(scheduleId === null ? [] : [scheduleTarget(scheduleId)]),
  ])
  await cache.invalidate(everyListTarget, ...targets)
  return changed.venue
}
