import type { CancelReason } from '@ticket-queue/contracts/events'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'

/** A reservation that has just ended: what must be released in Redis after the commit. */
export interface EndedReservation {
  readonly reservationId: string
  readonly userId: string
  readonly scheduleId: string
  readonly seatIds: readonly string[]
}

interface CancelOptions {
  readonly reservationIds: readonly string[]
  readonly from: 'PENDING' | 'CONFIRMED'
  readonly reason: CancelReason
  readonly refundAmount?: number
  readonly feeAmount?: number
  readonly correlationId: string
  readonly causationId?: string | null
}

/**
 * Ends reservations that are still in the state `from`: row CANCELLED, seats inactive, `ReservationCancelled` in the
 * outbox, all in the caller's transaction (RSV-011, RSV-012). Gives those that this call ended: the row count decides.
 */
export async function cancelRows(trx: Transaction<Database>, options: CancelOptions): Promise<EndedReservation[]> {
  if (options.reservationIds.length === 0) return []
  const ended = await trx
    .updateTable('reservations')
    .set({
      status: 'CANCELLED',
      cancelled_at: sql<Date>`now()`,
      cancel_reason: options.reason,
      refund_amount: options.refundAmount ?? 0,
      fee_amount: options.feeAmount ?? 0,
      version: sql<number>`version + 1`,
    })
    .where('id', 'in', options.reservationIds)
    .where('status', '=', options.from)
    .returning(['id', 'user_id', 'event_id', 'event_schedule_id', 'total_amount', 'cancelled_at'])
    .execute()
  if (ended.length === 0) return []
  const seats = await trx
    .updateTable('reservation_seats')
    .set({ active: false })
    .where(
      'reservation_id',
      'in',
      ended.map((row) => row.id),
    )
    .where('active', '=', true)
    .returning(['reservation_id', 'seat_id'])
    .execute()
  const result: EndedReservation[] = []
  for (const row of ended) {
    const seatIds = seats.filter((seat) => seat.reservation_id === row.id).map((seat) => seat.seat_id)
    await addToOutbox(
      trx,
      newEvent('ReservationCancelled', {
        aggregateId: row.id,
        correlationId: options.correlationId,
        causationId: options.causationId ?? null,
        userId: row.user_id,
        payload: {
          reservationId: row.id,
          userId: row.user_id,
          eventId: row.event_id,
          scheduleId: row.event_schedule_id,
          seatIds,
          totalAmount: row.total_amount,
          reason: options.reason,
          wasConfirmed: options.from === 'CONFIRMED',
          refundAmount: options.refundAmount ?? 0,
          feeAmount: options.feeAmount ?? 0,
          cancelledAt: (row.cancelled_at as Date).toISOString(),
        },
      }),
    )
    result.push({ reservationId: row.id, userId: row.user_id, scheduleId: row.event_schedule_id, seatIds })
  }
  return result
}
