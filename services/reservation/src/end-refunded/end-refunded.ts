import type { PaymentRefunded } from '@ticket-queue/contracts/events'
import type { Transaction } from 'kysely'
import { cancelRows, type EndedSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

/**
 * Ends tickets whose money has gone back without them being cancelled here, such as by hand in PortOne's console or by a chargeback
 * (M1: a ticket or a full refund, not both). A refund of a reservation that has ended already, which is the usual one, changes
 * nothing.
 */
export async function endRefunded(trx: Transaction<Database>, event: PaymentRefunded): Promise<EndedSeats[]> {
  const { reservationId, paymentId, userId, refundAmount } = event.payload
  const refunded = await trx
    .selectFrom('reservations')
    .select(['id', 'total_amount'])
    .where('id', '=', reservationId)
    .where('user_id', '=', userId)
    .where('payment_id', '=', paymentId)
    .where('status', '=', 'CONFIRMED')
    .forUpdate()
    .executeTakeFirst()
  if (!refunded || refundAmount < refunded.total_amount) return []
  return cancelRows(trx, {
    reservationIds: [refunded.id],
    from: 'CONFIRMED',
    reason: 'PAYMENT_FAILED',
    refundAmount: 'all',
    correlationId: event.metadata.correlationId,
    causationId: event.eventId,
  })
}
