import type { ReservationOutcome } from '@ticket-queue/contracts/http/reservation'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { seatsOf } from '../store/reservations.ts'

/**
 * Gives what has become of a reservation and of the seats that stay sold by it after its end, and for how many seconds it has
 * been so, by the database's clock (EVT-023); null for an unknown one. Who compares it with other books can tell by the age whether news of it may still be under way.
 */
export async function readOutcome(
  { db }: { db: Kysely<Database> },
  reservationId: string,
): Promise<ReservationOutcome | null> {
  const found = await db
    .selectFrom('reservations')
    .select([
      'event_schedule_id as scheduleId',
      'status',
      sql<number>`extract(epoch from now() - greatest(coalesce(cancelled_at, confirmed_at, created_at), (
        SELECT max(greatest(seat.withheld_at, seat.passed_on_at, holder.confirmed_at))
        FROM reservation_seats AS seat JOIN reservations AS holder ON holder.id = seat.reservation_id
        WHERE seat.sold_as = reservations.id
      )))::float8`.as('sinceSeconds'),
      sql<string[]>`ARRAY(
        SELECT seat.seat_id FROM reservation_seats AS seat JOIN reservations AS holder ON holder.id = seat.reservation_id
        WHERE seat.sold_as = reservations.id AND seat.active AND holder.status <> 'CONFIRMED'
      )`.as('withheldSeatIds'),
    ])
    .where('id', '=', reservationId)
    .executeTakeFirst()
  if (found === undefined) return null
  const seats = (await seatsOf(db, [reservationId])).get(reservationId) ?? []
  return { reservationId, ...found, seatIds: seats.map((seat) => seat.seat_id) }
}
