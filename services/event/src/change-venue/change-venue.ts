import { inTransaction } from '@ticket-queue/database'
import { eventTarget, everyListTarget, scheduleTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import type { Venue, VenueInput } from '../domain/venue.ts'
import { findShownIds } from '../store/find-shown-ids.ts'

export type ChangeVenueInput = { [Field in keyof VenueInput]?: VenueInput[Field] | undefined } & {
  /** The version that is to be changed; absent: whichever there is. */
  version?: number | undefined
}
export type ChangeVenueRefusal = { refused: 'VENUE_NOT_FOUND' } | { refused: 'VERSION_CONFLICT'; version: number }
type Changed = { venue: Venue; shown: { eventIds: string[]; scheduleIds: string[] } }

/** Changes what is given of a venue (EVT-011) and drops the answers that show it. */
export async function changeVenue(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  venueId: string,
  { version, ...change }: ChangeVenueInput,
): Promise<Venue | ChangeVenueRefusal> {
  const outcome = await inTransaction(db, async (trx): Promise<Changed | ChangeVenueRefusal> => {
    const found = await trx
      .selectFrom('venues')
      .select('version')
      .where('id', '=', venueId)
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (found === undefined) return { refused: 'VENUE_NOT_FOUND' }
    if (version !== undefined && version !== found.version) {
      return { refused: 'VERSION_CONFLICT', version: found.version }
    }
    const venue = await trx
      .updateTable('venues')
      .set((set) => ({ ...change, version: set('version', '+', 1) }))
      .where('id', '=', venueId)
      .returning(['id', 'name', 'address', 'city', 'version'])
      .executeTakeFirstOrThrow()
    return { venue, shown: await findShownIds(trx, { venueId }) }
  })
  if ('refused' in outcome) return outcome
  const { eventIds, scheduleIds } = outcome.shown
  await cache.invalidate(everyListTarget, ...eventIds.map(eventTarget), ...scheduleIds.map(scheduleTarget))
  return outcome.venue
}
