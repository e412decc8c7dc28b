import type { PaymentFailed } from '@ticket-queue/contracts/events'
import type { Transaction } from 'kysely'
import { cancelRows, type EndedReservation } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

/**
 * Ends the reservation whose payment has failed, so that its seats are free again (PAY-012). Only the payment that pinned
 * the reservation may end it: the failure of an older attempt changes nothing.
 */
export async function cancelUnpaid(trx: Transaction<Database>, event: PaymentFailed): Promise<EndedReservation[]> {
  const pinned = await trx
    .selectFrom('reservations')
    .select('id')
    .where('id', '=', event.payload.reservationId)
    .where('status', '=', 'PENDING')
    .where((either) =>
      either.or([either('payment_id', '=', event.payload.paymentId), either('payment_id', 'is', null)]),
    )
    .forUpdate()
    .executeTakeFirst()
  if (!pinned) return []
  return cancelRows(trx, {
    reservationIds: [pinned.id],
    from: 'PENDING',
    reason: 'PAYMENT_FAILED',
    correlationId: event.metadata.correlationId,
    causationId: event.eventId,
  })
}
