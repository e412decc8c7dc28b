import type { InGroup } from '@ticket-queue/database'
import { describeReservation, type ReservationAnswer } from '../domain/describe-reservation.ts'
import type { ReservationRow } from '../store/reservations.ts'

export interface ReadReservationDeps {
  /** `findReservation`, for several callers at once. */
  readonly readReservation: InGroup<string, ReservationRow | null>
}

/** A reservation of this person, or null (RSV-010). */
export async function readReservation(
  deps: ReadReservationDeps,
  input: { userId: string; reservationId: string },
): Promise<ReservationAnswer | null> {
  const row = await deps.readReservation(input.reservationId)
  return row && row.user_id === input.userId ? describeReservation(row) : null
}
