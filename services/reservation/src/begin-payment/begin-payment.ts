import type { BeganPayment, InternalReservation } from '@ticket-queue/contracts/http/reservation'
import type { InGroup } from '@ticket-queue/database'
import { commitHold, holdSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { findReservation, findReservations, isScheduleCancelled, type ReservationRow } from '../store/reservations.ts'
import { type TakeBackDeps, takeBack } from './take-back.ts'

export interface BeginPaymentDeps extends TakeBackDeps {
  readonly redis: RedisClient
  readonly log: Log
  readonly paymentHoldSeconds: number
  /** `pinReservations` and `findReservation`, for several callers at once. */
  readonly pinReservation: InGroup<Pin, ReservationRow | null>
  readonly readReservation: InGroup<string, ReservationRow | null>
}

/** Which payment pins which reservation, and whose it must be at which price. */
export interface Pin {
  readonly reservationId: string
  readonly paymentId: string
  readonly userId: string
  readonly amount: number
}

interface BeginPaymentInput extends Pin {
  /** Told only by payment, and only if the provider holds all of the money. */
  readonly captured?: { readonly paymentVersion: number } | undefined
}

/**
 * Pins a reservation for one payment: from now on the sweeper leaves it alone until that payment has ended (data.md,
 * purchase step 4a; PAY-005). One guarded update decides. The same payment may ask again and is granted again, also after
 * the reservation has been confirmed by it: a refusal would make payment give the money of a ticket back. A hold that is over is
 * taken back for money that is there already.
 */
export async function beginPayment(deps: BeginPaymentDeps, input: BeginPaymentInput): Promise<BeganPayment> {
  const row = await findPinned(deps, input)
  if (!row) return { granted: false, reason: 'NOT_FOUND' }
  const reason = reasonAgainst(row, input)
  if (reason) return { granted: false, reason }
  if (row.status === 'PENDING') await keepSeatsInRedis(deps, row)
  // By this payment, which the row names, and by no other.
  return { granted: true, reservation: { ...internalForm(row), payable: row.status === 'PENDING' } }
}

/** The reservation after the attempts to pin it. */
async function findPinned(deps: BeginPaymentDeps, input: BeginPaymentInput): Promise<ReservationRow | null> {
  const { captured, paymentId, reservationId } = input
  const pinned = await deps.pinReservation(input)
  if (pinned && !captured) return pinned
  if (captured) await notePayment(deps.db, { ...input, captured })
  const row = await findReservation(deps.db, reservationId)
  if (!row || captured === undefined || reasonAgainst(row, input) !== 'HOLD_EXPIRED') return row
  await takeBack(deps, row, { paymentId, captured })
  return findReservation(deps.db, reservationId)
}

/** What other services may know of a reservation; `null` for an unknown one. */
export async function readInternalReservation(
  deps: Pick<BeginPaymentDeps, 'readReservation'>,
  reservationId: string,
): Promise<InternalReservation | null> {
  const row = await deps.readReservation(reservationId)
  return row && internalForm(row)
}

/** Gives each reservation that is pinned by this; of the others nothing has been changed. */
export async function pinReservations(
  db: Kysely<Database>,
  pins: readonly Pin[],
): Promise<readonly (ReservationRow | null)[]> {
  // In one order everywhere, so that two groups do not wait for each other's rows.
  const asked = pins
    .map(({ reservationId, paymentId, userId, amount }) => ({ reservationId, paymentId, userId, amount }))
    .toSorted((a, b) => (a.reservationId < b.reservationId ? -1 : 1))
  const pinned = await db
    .updateTable('reservations')
    .from(
      sql<Pin>`jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)`.as<'asked'>(
        sql`asked ("reservationId" uuid, "paymentId" uuid, "userId" uuid, amount bigint)`,
      ),
    )
    .set({
      payment_id: sql<string>`asked."paymentId"`,
      payment_started_at: sql<Date>`now()`,
      version: sql<number>`version + 1`,
    })
    .where(sql<boolean>`reservations.id = asked."reservationId"`)
    .where(sql<boolean>`user_id = asked."userId" AND total_amount = asked.amount`)
    .where('status', '=', 'PENDING')
    .where('payment_id', 'is', null)
    .where('hold_expires_at', '>', sql<Date>`now()`)
    .where(sql<boolean>`NOT ${isScheduleCancelled}`)
    .returning(['id', 'payment_id'])
    .execute()
  // Read anew: who waited for an exchange of seats has seen the row after it, but other tables as they were before.
  const rows = await findReservations(
    db,
    pinned.map(({ id }) => id),
  )
  const byPayment = new Map(pinned.map((row, index) => [`${row.id} ${row.payment_id}`, rows[index] ?? null]))
  return pins.map(({ reservationId, paymentId }) => byPayment.get(`${reservationId} ${paymentId}`) ?? null)
}

/** Money has come after the payment had failed, perhaps before that was heard of here: then it must not end the reservation. */
async function notePayment(
  db: Kysely<Database>,
  { reservationId, paymentId, captured }: BeginPaymentInput & { captured: { paymentVersion: number } },
): Promise<void> {
  await db
    .updateTable('reservations')
    .set({ payment_version: captured.paymentVersion })
    .where('id', '=', reservationId)
    .where('payment_id', '=', paymentId)
    .where('status', '=', 'PENDING')
    .where(sql<boolean>`coalesce(payment_version, 0) < ${captured.paymentVersion}`)
    .execute()
}

/** Judged from the row as it is after the attempt to pin it: granted is what carries this payment's ID. */
function reasonAgainst(
  row: ReservationRow,
  input: BeginPaymentInput,
): Extract<BeganPayment, { granted: false }>['reason'] | null {
  if (row.user_id !== input.userId) return 'NOT_OWNER'
  if (row.status === 'CANCELLED' && row.cancel_reason !== 'HOLD_EXPIRED') return 'CANCELLED'
  if (row.payment_id !== null && row.payment_id !== input.paymentId) return 'OTHER_PAYMENT'
  if (row.total_amount !== input.amount) return 'AMOUNT_MISMATCH'
  if (row.status === 'CANCELLED') return 'HOLD_EXPIRED'
  if (row.payment_id !== null) return null
  return row.schedule_cancelled ? 'CANCELLED' : 'HOLD_EXPIRED'
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
  } catch (err) {
    deps.log.warn({ err, reservationId: row.id }, 'Redis will be told later that a payment has begun')
  }
}

function internalForm(row: ReservationRow): InternalReservation {
  return {
    reservationId: row.id,
    userId: row.user_id,
    eventId: row.event_id,
    scheduleId: row.event_schedule_id,
    seatIds: row.seats.map((seat) => seat.seat_id),
    status: row.status,
    totalAmount: row.total_amount,
    holdExpiresAt: row.hold_expires_at.toISOString(),
    payable: row.payable,
    paymentId: row.payment_id,
  }
}
