import type { ConfirmedSeats } from '@ticket-queue/contracts/http/reservation'
import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'

/**
 * Gives a page of the seats of CONFIRMED reservations in the order of their IDs, from the one after `after` on (EVT-023). A
 * schedule nobody has bought of, or that does not exist, has none.
 */
export async function listConfirmedSeats(
  { db }: { db: Kysely<Database> },
  { scheduleId, after, limit }: { scheduleId: string; after?: string | undefined; limit: number },
): Promise<ConfirmedSeats> {
  const found = await db
    .selectFrom('reservation_seats as seat')
    .innerJoin('reservations as r', 'r.id', 'seat.reservation_id')
    .select(['seat.seat_id as seatId', 'r.id as reservationId'])
    .where('seat.schedule_id', '=', scheduleId)
    .where('seat.active', '=', true)
    .where('r.status', '=', 'CONFIRMED')
    .$if(after !== undefined, (query) => query.where('seat.seat_id', '>', String(after)))
    .orderBy('seat.seat_id')
    .limit(limit + 1)
    .execute()
  const seats = found.slice(0, limit)
  return { scheduleId, seats, next: found.length > limit ? (seats.at(-1)?.seatId ?? null) : null }
}
