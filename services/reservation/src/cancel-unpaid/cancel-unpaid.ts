import type { PaymentFailed } from '@ticket-queue/contracts/events'
import type { Transaction } from 'kysely'
import { cancelRows, type HeldSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

/**
 * Ends the reservation whose payment has failed, so that its seats are free again (PAY-012). Only the payment that pinned
 * the reservation may end it, or any of its buyer's while none has: the failure of another attempt changes nothing.
 */
export async function cancelUnpaid(trx: Transaction<Database>, event: PaymentFailed): Promise<HeldSeats[]> {
  const { reservationId, paymentId, userId, amount } = event.payload
  const failed = await trx
    .selectFrom('reservations')
    .select('id')
    .where('id', '=', reservationId)
    .where('user_id', '=', userId)
    .where('status', '=', 'PENDING')
    .where((either) =>
      either.or([
        either('payment_id', '=', paymentId),
        either.and([either('payment_id', 'is', null), either('total_amount', '=', amount)]),
      ]),
    )
    .forUpdate()
    .executeTakeFirst()
  if (!failed) return []
  return cancelRows(trx, {
    reservationIds: [failed.id],
    from: 'PENDING',
    reason: 'PAYMENT_FAILED',
    correlationId: event.metadata.correlationId,
    causationId: event.eventId,
  })
}
