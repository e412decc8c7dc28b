import type { ReservationCancelled } from '@ticket-queue/contracts/events'
import { sql, type Transaction } from 'kysely'
import type { Database } from '../store/database.ts'

/**
 * Writes down what a cancelled reservation means for its payments: money kept is due back, a payment still open is looked
 * at now. The calls to PortOne follow outside this transaction (`check-unsettled`), so none is lost or repeated with it.
 */
export async function endWithReservation(trx: Transaction<Database>, event: ReservationCancelled): Promise<void> {
  const { reservationId, refundAmount, reason } = event.payload
  await trx
    .updateTable('payments')
    .set({ next_check_at: sql<Date>`now()`, check_count: 0, version: sql<number>`version + 1` })
    .where('reservation_id', '=', reservationId)
    .where('status', '=', 'PENDING')
    .execute()
  if (refundAmount === 0) return
  await trx
    .updateTable('payments')
    .set({
      refund_due_amount: sql<number>`least(amount, ${refundAmount}::bigint)`,
      refund_reason: reason,
      refund_requested_at: sql<Date>`now()`,
      next_check_at: sql<Date>`now()`,
      check_count: 0,
      version: sql<number>`version + 1`,
    })
    .where('reservation_id', '=', reservationId)
    .where('status', '=', 'SUCCESS')
    .where('refund_due_amount', 'is', null)
    .execute()
}
