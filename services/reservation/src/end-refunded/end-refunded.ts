import type { PaymentRefunded } from '@ticket-queue/contracts/events'
import type { Transaction } from 'kysely'
import { cancelRows, type EndedSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

/**
 * Ends tickets whose money has gone back without them being cancelled here, such as by hand in PortOne's console or by a chargeback
 * (M1: a ticket or a full refund, not both), and a reservation pinned by a payment that is over without having confirmed it: its
 * `PaymentSuccess` was given up (decision 0032). A refund of one that has ended already, which is the usual one, changes nothing.
 * Seats of tickets are withheld whatever the event's policy is, because a transaction asks no other service: `pass-on-seats` lets
 * go within a second those that need not wait.
 */
export async function endRefunded(trx: Transaction<Database>, event: PaymentRefunded): Promise<EndedSeats[]> {
  const { reservationId, paymentId, userId, refundAmount } = event.payload
  const refunded = await trx
    .selectFrom('reservations')
    .select(['id', 'total_amount', 'status'])
    .where('id', '=', reservationId)
    .where('user_id', '=', userId)
    .where('payment_id', '=', paymentId)
    .where('status', 'in', ['CONFIRMED', 'PENDING'])
    .forUpdate()
    .executeTakeFirst()
  if (!refunded || refunded.status === 'CANCELLED') return []
  const isTicket = refunded.status === 'CONFIRMED'
  if (isTicket && refundAmount < refunded.total_amount) return []
  return cancelRows(trx, {
    reservationIds: [refunded.id],
    from: refunded.status,
    reason: 'PAYMENT_FAILED',
    refundAmount: isTicket ? 'all' : 0,
    withhold: true,
    correlationId: event.metadata.correlationId,
    causationId: event.eventId,
  })
}
