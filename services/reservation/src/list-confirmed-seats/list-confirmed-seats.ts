import type { ConfirmedSeats } from '@ticket-queue/contracts/http/reservation'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'

/** The ticket a live seat is sold by: its own, or for a seat that is withheld or offered the one it had been sold by before. */
const soldBy = sql<string>`(CASE WHEN r.status = 'CONFIRMED' THEN r.id ELSE seat.sold_as END)`

/**
 * Gives a page of the seats that are sold, by CONFIRMED reservations or until they are passed on, in the order of their IDs,
 * from the one after `after` on (EVT-023). A schedule nobody has bought of, or that does not exist, has none.
 */
export async function listConfirmedSeats(
  { db }: { db: Kysely<Database> },
  { scheduleId, after, limit }: { scheduleId: string; after?: string | undefined; limit: number },
): Promise<ConfirmedSeats> {
  const found = await db
    .selectFrom('reservation_seats as seat')
    .innerJoin('reservations as r', 'r.id', 'seat.reservation_id')
    .select(['seat.seat_id as seatId', soldBy.as('reservationId')])
    .where('seat.schedule_id', '=', scheduleId)
    .where('seat.active', '=', true)
    .where(soldBy, 'is not', null)
    .$if(after !== undefined, (query) => query.where('seat.seat_id', '>', String(after)))
    .orderBy('seat.seat_id')
    .limit(limit + 1)
    .execute()
  const seats = found.slice(0, limit)
  return { scheduleId, seats, next: found.length > limit ? (seats.at(-1)?.seatId ?? null) : null }
}
