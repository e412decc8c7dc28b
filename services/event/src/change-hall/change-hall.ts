import { inTransaction, isUniqueViolation } from '@ticket-queue/database'
import type { Transaction } from 'kysely'
import { eventTarget, everyListTarget, scheduleTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import { type CapacityMismatch, capacityMismatch, type Hall, type HallInput } from '../domain/hall.ts'
import { seatTemplateSchema } from '../domain/seat-template.ts'
import type { Database } from '../store/database.ts'
import { findShownIds } from '../store/find-shown-ids.ts'

export type ChangeHallInput = { [Field in keyof HallInput]?: HallInput[Field] | undefined } & {
  /** The version that is to be changed; absent: whichever there is. */
  version?: number | undefined
}
export type ChangeHallRefusal =
  | { refused: 'HALL_NOT_FOUND' | 'HALL_NAME_TAKEN' }
  | { refused: 'VERSION_CONFLICT'; version: number }
  | CapacityMismatch
type Changed = { hall: Hall; shown: { eventIds: string[]; scheduleIds: string[] } }

/**
 * Changes what is given of a hall (EVT-014) and drops the answers that show it. Schedules keep the seats they have: another template
 * is for schedules that are made from now on.
 */
export async function changeHall(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  { venueId, hallId }: { venueId: string; hallId: string },
  { version, ...change }: ChangeHallInput,
): Promise<Hall | ChangeHallRefusal> {
  try {
    const outcome = await inTransaction(db, async (trx): Promise<Changed | ChangeHallRefusal> => {
      const found = await lockHall(trx, venueId, hallId)
      if (found === null) return { refused: 'HALL_NOT_FOUND' }
      if (version !== undefined && version !== found.version) {
        return { refused: 'VERSION_CONFLICT', version: found.version }
      }
      const hall = {
        ...found,
        name: change.name ?? found.name,
        capacity: change.capacity ?? found.capacity,
        seatTemplate: change.seatTemplate ?? found.seatTemplate,
        version: found.version + 1,
      }
      const mismatch = capacityMismatch(hall)
      if (mismatch !== null) return mismatch
      await store(trx, hall)
      return { hall, shown: await findShownIds(trx, { hallId }) }
    })
    if ('refused' in outcome) return outcome
    const { eventIds, scheduleIds } = outcome.shown
    await cache.invalidate(everyListTarget, ...eventIds.map(eventTarget), ...scheduleIds.map(scheduleTarget))
    return outcome.hall
  } catch (error) {
    if (isUniqueViolation(error, 'halls_name_unique')) return { refused: 'HALL_NAME_TAKEN' }
    throw error
  }
}

async function lockHall(trx: Transaction<Database>, venueId: string, hallId: string): Promise<Hall | null> {
  const hall = await trx
    .selectFrom('halls')
    .select(['id', 'venue_id as venueId', 'name', 'capacity', 'seat_template as seatTemplate', 'version'])
    .where('id', '=', hallId)
    .where('venue_id', '=', venueId)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  return hall === undefined ? null : { ...hall, seatTemplate: seatTemplateSchema.parse(hall.seatTemplate) }
}

const store = (trx: Transaction<Database>, hall: Hall) =>
  trx
    .updateTable('halls')
    .set({
      name: hall.name,
      capacity: hall.capacity,
      seat_template: JSON.stringify(hall.seatTemplate),
      version: hall.version,
    })
    .where('id', '=', hall.id)
    .execute()
