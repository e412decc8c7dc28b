import type { PaymentFailed } from '@ticket-queue/contracts/events'
import { sql, type Transaction } from 'kysely'
import { cancelRows, type HeldSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

/**
 * Ends the reservation whose payment has failed, so that its seats are free again (PAY-012). Only the payment that pinned
 * the reservation may end it, or while none has, one of its buyer's that was opened for the seats as they are: the failure of
 * another attempt changes nothing, nor does one that was before its payment took the reservation back (decision 0023). Seats
 * offered from a waiting list stay the person's until the offer ends, to be paid anew.
 */
export async function cancelUnpaid(trx: Transaction<Database>, event: PaymentFailed): Promise<HeldSeats[]> {
  const { paymentId, reservationId } = event.payload
  // Judged by a statement of its own: who has waited for a row sees other tables, its seats, as they were before.
  await sql`SELECT FROM reservations WHERE id = ${reservationId}::uuid FOR UPDATE`.execute(trx)
  const failed = await findFailed(trx, event)
  if (!failed) return []
  if (failed.is_lasting_offer) {
    await unpin(trx, { reservationId: failed.id, paymentId })
    return []
  }
  return cancelRows(trx, {
    reservationIds: [failed.id],
    from: 'PENDING',
    reason: 'PAYMENT_FAILED',
    correlationId: event.metadata.correlationId,
    causationId: event.eventId,
  })
}

const findFailed = (trx: Transaction<Database>, { payload }: PaymentFailed) =>
  trx
    .selectFrom('reservations')
    .select('id')
    .select(sql<boolean>`waiting_list_entry_id IS NOT NULL AND hold_expires_at > now()`.as('is_lasting_offer'))
    .where('id', '=', payload.reservationId)
    .where('user_id', '=', payload.userId)
    .where('status', '=', 'PENDING')
    .where((either) =>
      either.or([
        either.and([either('payment_id', '=', payload.paymentId), isNewerThan(payload.paymentVersion ?? 0)]),
        either.and([
          either('payment_id', 'is', null),
          either('total_amount', '=', payload.amount),
          either.not(hasChangedSince(payload.openedAt ?? null)),
        ]),
      ]),
    )
    .executeTakeFirst()

const isNewerThan = (paymentVersion: number) =>
  sql<boolean>`(payment_version IS NULL OR payment_version < ${paymentVersion})`

/** Seats that were exchanged after a payment was opened are not those which it was for, though the sum may be the same again. */
const hasChangedSince = (openedAt: string | null) => sql<boolean>`EXISTS (
  SELECT 1 FROM reservation_seats AS seat
  WHERE seat.reservation_id = reservations.id AND greatest(seat.created_at, seat.dropped_at) > ${openedAt}::timestamptz
)`

async function unpin(
  trx: Transaction<Database>,
  { reservationId, paymentId }: { reservationId: string; paymentId: string },
): Promise<void> {
  await trx
    .updateTable('reservations')
    .set({ payment_id: null, payment_started_at: null, payment_version: null, version: sql<number>`version + 1` })
    .where('id', '=', reservationId)
    .where('payment_id', '=', paymentId)
    .execute()
}
