import type { CancelReason } from '@ticket-queue/contracts/events'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import { endOffers } from './waiting-list.ts'

/** A reservation's seats, as Redis knows them. */
export interface HeldSeats {
  readonly reservationId: string
  readonly scheduleId: string
  readonly seatIds: readonly string[]
}

/** A reservation that has ended, whether its seats had been sold, and which of them are not free yet. */
export interface EndedSeats extends HeldSeats {
  readonly wasConfirmed: boolean
  readonly withheldSeatIds?: readonly string[] | undefined
}

/** What becomes of the entry of an offer that was not paid. */
const offerEnds = {
  HOLD_EXPIRED: 'EXPIRED',
  PAYMENT_FAILED: 'EXPIRED',
  HOLD_RELEASED: 'LEFT',
  USER_CANCELLED: 'LEFT',
  EVENT_CANCELLED: 'CLOSED',
} as const satisfies Record<CancelReason, string>

interface CancelOptions {
  readonly reservationIds: readonly string[]
  readonly from: 'PENDING' | 'CONFIRMED'
  readonly reason: CancelReason
  /** In won; nothing unless told, `all`: what each of them cost. */
  readonly refundAmount?: number | 'all'
  readonly feeAmount?: number
  /** Whether the seats of tickets are kept from everybody until `pass-on-seats` decides; those of an offer always are. */
  readonly withhold?: boolean
  readonly correlationId: string
  readonly causationId?: string | null
}

/**
 * Ends reservations that are still in the state `from`: row CANCELLED, seats inactive or withheld, `ReservationCancelled` in
 * the outbox, all in the caller's transaction (RSV-011, RSV-012). Gives the seats of those that this call ended, which Redis
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
    .returning('waiting_list_entry_id')
    .execute()
  await endOffers(
    trx,
    rows.map((row) => row.waiting_list_entry_id),
    offerEnds[options.reason],
  )
  const seats = await endSeats(
    trx,
    rows.map((row) => row.id),
    options,
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
        seatIds: (seats.get(row.id) ?? []).map((seat) => seat.seat_id),
        totalAmount: row.total_amount,
        reason: options.reason,
        wasConfirmed: options.from === 'CONFIRMED',
        refundAmount: row.refund_amount ?? 0,
        feeAmount,
        cancelledAt: (row.cancelled_at as Date).toISOString(),
        ...withheldOf(seats.get(row.id) ?? []),
      },
    }),
  )
  await addToOutbox(trx, events)
  return events.map(({ payload }) => payload)
}

interface EndedSeat {
  readonly reservation_id: string
  readonly seat_id: string
  readonly active: boolean
}

const withheldOf = (seats: readonly EndedSeat[]) => {
  const withheldSeatIds = seats.filter((seat) => seat.active).map((seat) => seat.seat_id)
  return withheldSeatIds.length > 0 ? { withheldSeatIds } : {}
}

/** A withheld seat stays active, which keeps it from everybody, and remembers by which ticket it is known as sold. */
async function endSeats(
  trx: Transaction<Database>,
  reservationIds: readonly string[],
  { from, withhold = false }: Pick<CancelOptions, 'from' | 'withhold'>,
): Promise<ReadonlyMap<string, EndedSeat[]>> {
  if (reservationIds.length === 0) return new Map()
  const isKept = from === 'CONFIRMED' ? sql<boolean>`${withhold}::boolean` : sql<boolean>`sold_as IS NOT NULL`
  const ticket = from === 'CONFIRMED' ? sql.ref('reservation_id') : sql.ref('sold_as')
  const seats = await trx
    .updateTable('reservation_seats')
    .set({
      active: isKept,
      withheld_at: sql<Date | null>`CASE WHEN ${isKept} THEN now() END`,
      sold_as: sql<string | null>`CASE WHEN ${isKept} THEN ${ticket} ELSE sold_as END`,
    })
    .where('reservation_id', 'in', reservationIds)
    .where('active', '=', true)
    .returning(['reservation_id', 'seat_id', 'active'])
    .execute()
  return Map.groupBy(seats, (seat) => seat.reservation_id)
}
