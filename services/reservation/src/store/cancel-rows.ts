import type { CancelReason } from '@ticket-queue/contracts/events'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'

/** A reservation's seats, as Redis knows them. */
export interface HeldSeats {
  readonly reservationId: string
  readonly scheduleId: string
  readonly seatIds: readonly string[]
}

/** A reservation that has ended, and whether its seats had been sold. */
export interface EndedSeats extends HeldSeats {
  readonly wasConfirmed: boolean
}

interface CancelOptions {
  readonly reservationIds: readonly string[]
  readonly from: 'PENDING' | 'CONFIRMED'
  readonly reason: CancelReason
  /** In won; nothing unless told, `all`: what each of them cost. */
  readonly refundAmount?: number | 'all'
  readonly feeAmount?: number
  readonly correlationId: string
  readonly causationId?: string | null
}

/**
 * Ends reservations that are still in the state `from`: row CANCELLED, seats inactive, `ReservationCancelled` in the
 * outbox, all in the caller's transaction (RSV-011, RSV-012). Gives the seats of those that this call ended, which Redis
 * must be told of after the commit: the row count decides.
 */
export async function cancelRows(trx: Transaction<Database>, options: CancelOptions): Promise<EndedSeats[]> {
  if (options.reservationIds.length === 0) return []
  const { refundAmount = 0, feeAmount = 0 } = options
  const rows = await trx
    .updateTable('reservations')
    .set({
      status: 'CANCELLED',
      cancelled_at: sql<Date>`now()`,
      cancel_reason: options.reason,
      refund_amount: refundAmount === 'all' ? sql<number>`total_amount` : refundAmount,
      fee_amount: feeAmount,
      version: sql<number>`version + 1`,
    })
    .where('id', 'in', options.reservationIds)
    .where('status', '=', options.from)
    .returning(['id', 'user_id', 'event_id', 'event_schedule_id', 'total_amount', 'refund_amount', 'cancelled_at'])
    .execute()
  const seatIds = await deactivateSeats(
    trx,
    rows.map((row) => row.id),
  )
  const events = rows.map((row) =>
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
        seatIds: seatIds.get(row.id) ?? [],
        totalAmount: row.total_amount,
        reason: options.reason,
        wasConfirmed: options.from === 'CONFIRMED',
        refundAmount: row.refund_amount ?? 0,
        feeAmount,
        cancelledAt: (row.cancelled_at as Date).toISOString(),
      },
    }),
  )
  await addToOutbox(trx, events)
  return events.map(({ payload }) => payload)
}

async function deactivateSeats(
  trx: Transaction<Database>,
  reservationIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  if (reservationIds.length === 0) return new Map()
  const seats = await trx
    .updateTable('reservation_seats')
    .set({ active: false })
    .where('reservation_id', 'in', reservationIds)
    .where('active', '=', true)
    .returning(['reservation_id', 'seat_id'])
    .execute()
  const grouped = Map.groupBy(seats, (seat) => seat.reservation_id)
  return new Map([...grouped].map(([id, ofOne]) => [id, ofOne.map((seat) => seat.seat_id)]))
}
