import type { Kysely } from 'kysely'
import { describeReservation, type ReservationAnswer } from '../domain/describe-reservation.ts'
import type { Database } from '../store/database.ts'
import { findReservation } from '../store/reservations.ts'

export interface ReadReservationDeps {
  readonly db: Kysely<Database>
}

/** A reservation of this person, or null (RSV-010). */
export async function readReservation(
  deps: ReadReservationDeps,
  input: { userId: string; reservationId: string },
): Promise<ReservationAnswer | null> {
  const row = await findReservation(deps.db, input.reservationId)
  return row && row.user_id === input.userId ? describeReservation(row) : null
}
