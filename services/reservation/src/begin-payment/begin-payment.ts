import type { BeganPayment, InternalReservation } from '@ticket-queue/contracts/http/reservation'
import { commitHold, holdSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { findReservation, type ReservationRow } from '../store/reservations.ts'

export interface BeginPaymentDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly paymentHoldSeconds: number
}

/**
 * Pins a reservation for one payment: from now on the sweeper leaves it alone until that payment has ended (data.md,
 * purchase step 4a). One guarded update decides; the same payment may ask again and gets the same answer.
 */
export async function beginPayment(
  deps: BeginPaymentDeps,
  input: { reservationId: string; paymentId: string; userId: string; amount: number },
): Promise<BeganPayment> {
  const pinned = await deps.db
    .updateTable('reservations')
    .set({
      payment_id: input.paymentId,
      payment_started_at: sql<Date>`coalesce(payment_started_at, now())`,
      version: sql<number>`version + 1`,
    })
    .where('id', '=', input.reservationId)
    .where('user_id', '=', input.userId)
    .where('total_amount', '=', input.amount)
    .where('status', '=', 'PENDING')
    .where((either) =>
      either.or([
        either('payment_id', '=', input.paymentId),
        either.and([either('payment_id', 'is', null), either('hold_expires_at', '>', sql<Date>`now()`)]),
      ]),
    )
    .returning('id')
    .executeTakeFirst()
  const row = await findReservation(deps.db, input.reservationId)
  if (!pinned) return { granted: false, reason: reasonAgainst(row, input) }
  if (!row) throw new Error(`reservation ${input.reservationId} vanished after it was pinned`)
  await keepSeatsInRedis(deps, row)
  return { granted: true, reservation: internalForm(row) }
}

/** What other services may know of a reservation; `null` for an unknown one. */
export async function readInternalReservation(
  deps: { db: Kysely<Database> },
  reservationId: string,
): Promise<InternalReservation | null> {
  const row = await findReservation(deps.db, reservationId)
  return row && internalForm(row)
}

function reasonAgainst(
  row: ReservationRow | null,
  input: { paymentId: string; userId: string; amount: number },
): Extract<BeganPayment, { granted: false }>['reason'] {
  if (!row) return 'NOT_FOUND'
  if (row.user_id !== input.userId) return 'NOT_OWNER'
  if (row.status === 'CANCELLED') return row.cancel_reason === 'HOLD_EXPIRED' ? 'HOLD_EXPIRED' : 'CANCELLED'
  if (row.payment_id !== null && row.payment_id !== input.paymentId) return 'OTHER_PAYMENT'
  if (row.total_amount !== input.amount) return 'AMOUNT_MISMATCH'
  return row.status === 'CONFIRMED' ? 'OTHER_PAYMENT' : 'HOLD_EXPIRED'
}

/** The row protects the seats; Redis only keeps others from trying, so its absence does not stop a payment. */
async function keepSeatsInRedis(deps: BeginPaymentDeps, row: ReservationRow): Promise<void> {
  const owned = {
    scheduleId: row.event_schedule_id,
    reservationId: row.id,
    seatIds: row.seats.map((seat) => seat.seat_id),
  }
  const remainingMs = deps.paymentHoldSeconds * 1000
  try {
    const kept = await commitHold(deps.redis, { ...owned, remainingMs })
    if (kept.outcome === 'committed') return
    await holdSeats(deps.redis, owned)
    await commitHold(deps.redis, { ...owned, remainingMs })
  } catch {
    return
  }
}

function internalForm(row: ReservationRow): InternalReservation {
  return {
    reservationId: row.id,
    userId: row.user_id,
    eventId: row.event_id,
    scheduleId: row.event_schedule_id,
    seatIds: row.seats.map((seat) => seat.seat_id),
    status: row.status as InternalReservation['status'],
    totalAmount: row.total_amount,
    holdExpiresAt: row.hold_expires_at.toISOString(),
    payable: row.payable,
  }
}
