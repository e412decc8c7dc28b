import type { BeganPayment } from '@ticket-queue/contracts/http/reservation'
import { ServiceCallError } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { SagaDeps } from './saga-deps.ts'

/** Why a reservation cannot be paid by this payment any more. */
export type BeginRefusal = Extract<BeganPayment, { granted: false }>['reason']

/**
 * Pins the reservation for this payment (data.md, purchase step 4a): from a grant on, its hold ends only with the payment.
 * Safe to repeat. `unknown`: no usable answer came, so it may or may not be pinned. `captured`: PortOne holds all of the money, so that
 * a hold that is over is taken back if its seats are free (decision 0023); its refusal is for good.
 */
export async function beginAtReservation(
  deps: SagaDeps,
  payment: PaymentRow,
  { requestId, captured }: { requestId: string; captured: boolean },
): Promise<'granted' | 'unknown' | BeginRefusal> {
  await deps.noteStep({ paymentId: payment.id, step: 'BEGIN', state: 'STARTED' })
  try {
    const began = await deps.reservation.begin({
      ...{ reservationId: payment.reservation_id, requestId },
      ...{ paymentId: payment.id, userId: payment.user_id, amount: payment.amount },
      ...(captured ? { captured: { paymentVersion: payment.version } } : {}),
    })
    await deps.noteStep({
      paymentId: payment.id,
      step: 'BEGIN',
      state: began.granted ? 'DONE' : 'FAILED',
      detail: began.granted ? {} : { reason: began.reason },
    })
    if (!began.granted) return began.reason
    await keepSeats(deps.db, payment, began.reservation.seatIds)
    return 'granted'
  } catch (error) {
    if (error instanceof ServiceCallError) return 'unknown'
    throw error
  }
}

/** What is paid for are the seats as they have been pinned: the buyer may have exchanged some since the payment was opened. */
async function keepSeats(db: Kysely<Database>, payment: PaymentRow, seatIds: readonly string[]): Promise<void> {
  const known = new Set(payment.seat_ids)
  if (seatIds.length === known.size && seatIds.every((id) => known.has(id))) return
  await db
    .updateTable('payments')
    .set({ seat_ids: [...seatIds] })
    .where('id', '=', payment.id)
    .where('status', 'in', ['PENDING', 'FAILED'])
    .execute()
}
