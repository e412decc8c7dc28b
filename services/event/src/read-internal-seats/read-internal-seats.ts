import type { InternalSeats } from '@ticket-queue/contracts/http/event'
import type { Deps } from '../dependencies.ts'

/** Gives the inventory of a schedule in ordinal order, or null if there is no such schedule. */
export async function readInternalSeats({ db }: Pick<Deps, 'db'>, scheduleId: string): Promise<InternalSeats | null> {
  const seats = await db
    .selectFrom('seats')
    .select(['id', 'ordinal', 'seat_number as seatNumber', 'section', 'row_label as row', 'grade', 'price'])
    .select(['x', 'y', 'accessible', 'companion_of as companionOf', 'restricted_view as restrictedView'])
    .where('event_schedule_id', '=', scheduleId)
    .orderBy('ordinal')
    .execute()
  // A schedule is never without seats: they are made in one transaction.
  return seats.length === 0 ? null : { scheduleId, seats }
}
