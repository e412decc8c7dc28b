import { inTransaction, isUniqueViolation } from '@ticket-queue/database'
import type { Deps } from '../dependencies.ts'
import { type CapacityMismatch, capacityMismatch, type Hall, type HallInput } from '../domain/hall.ts'

export type CreateHallRefusal = { refused: 'VENUE_NOT_FOUND' | 'HALL_NAME_TAKEN' } | CapacityMismatch

/** Adds a hall with its seat template to a venue (EVT-013); its capacity must be the number of seats in the template. */
export async function createHall(
  { db }: Pick<Deps, 'db'>,
  venueId: string,
  input: HallInput,
): Promise<Hall | CreateHallRefusal> {
  const mismatch = capacityMismatch(input)
  if (mismatch !== null) return mismatch
  try {
    return await inTransaction(db, async (trx) => {
      const venue = await trx
        .selectFrom('venues')
        .select('id')
        .where('id', '=', venueId)
        .where('deleted_at', 'is', null)
        .forShare()
        .executeTakeFirst()
      if (venue === undefined) return { refused: 'VENUE_NOT_FOUND' } as const
      const { id, version } = await trx
        .insertInto('halls')
        .values({
          venue_id: venueId,
          name: input.name,
          capacity: input.capacity,
          seat_template: JSON.stringify(input.seatTemplate),
        })
        .returning(['id', 'version'])
        .executeTakeFirstOrThrow()
      return { id, venueId, ...input, version }
    })
  } catch (error) {
    if (isUniqueViolation(error, 'halls_name_unique')) return { refused: 'HALL_NAME_TAKEN' }
    throw error
  }
}
