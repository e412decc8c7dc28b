import { inTransaction, isUniqueViolation } from '@ticket-queue/database'
import type { Deps } from '../dependencies.ts'
import { countSeats, type SeatTemplate } from '../domain/seat-template.ts'

export type HallInput = { name: string; capacity: number; seatTemplate: SeatTemplate }
export type Hall = HallInput & { id: string; venueId: string }
export type CreateHallRefusal =
  | { refused: 'VENUE_NOT_FOUND' | 'HALL_NAME_TAKEN' }
  | { refused: 'CAPACITY_MISMATCH'; seats: number }

/** Adds a hall with its seat template to a venue (EVT-013); its capacity must be the number of seats in the template. */
export async function createHall(
  { db }: Pick<Deps, 'db'>,
  venueId: string,
  input: HallInput,
): Promise<Hall | CreateHallRefusal> {
  const seats = countSeats(input.seatTemplate)
  if (seats !== input.capacity) return { refused: 'CAPACITY_MISMATCH', seats }
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
      const { id } = await trx
        .insertInto('halls')
        .values({
          venue_id: venueId,
          name: input.name,
          capacity: input.capacity,
          seat_template: JSON.stringify(input.seatTemplate),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      return { id, venueId, ...input }
    })
  } catch (error) {
    if (isUniqueViolation(error, 'halls_name_unique')) return { refused: 'HALL_NAME_TAKEN' }
    throw error
  }
}
