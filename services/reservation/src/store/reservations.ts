import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'

type Handle = Kysely<Database> | Transaction<Database>
type SeatRow = Pick<Selectable<Database['reservation_seats']>, 'seat_id' | 'seat_number' | 'grade' | 'price'>

/** A reservation with its seats and, judged by the database's clock, whether a payment may still begin or go on. */
export type ReservationRow = Selectable<Database['reservations']> & { payable: boolean; seats: SeatRow[] }

/** One reservation by ID, whoever owns it; null for an unknown one. Seats come in seat-number order. */
export async function findReservation(db: Handle, reservationId: string): Promise<ReservationRow | null> {
  const row = await db
    .selectFrom('reservations')
    .selectAll()
    .select(
      sql<boolean>`status = 'PENDING' AND (payment_started_at IS NOT NULL OR hold_expires_at > now())`.as('payable'),
    )
    .where('id', '=', reservationId)
    .executeTakeFirst()
  if (!row) return null
  const seats = await seatsOf(db, [row.id])
  return { ...row, seats: seats.map(({ reservation_id: _, ...seat }) => seat) }
}

/** The seats of several reservations in seat-number order. */
export function seatsOf(db: Handle, reservationIds: readonly string[]) {
  return db
    .selectFrom('reservation_seats')
    .select(['reservation_id', 'seat_id', 'seat_number', 'grade', 'price'])
    .where('reservation_id', 'in', reservationIds)
    .orderBy('seat_number')
    .execute()
}
