import { inTransaction } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely, Transaction } from 'kysely'
import type { Catalogue } from '../catalogue.ts'
import { quoteTickets } from '../domain/describe-reservation.ts'
import { releaseEnded } from '../release-ended.ts'
import { cancelRows, type EndedSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { findReservation, type ReservationRow } from '../store/reservations.ts'

export interface CancelReservationDeps {
  readonly db: Kysely<Database>
  readonly catalogue: Catalogue
  readonly redis: RedisClient
  readonly log: Log
  readonly wakeRelay: () => void
}

export interface CancelReservationInput {
  readonly userId: string
  readonly reservationId: string
  readonly requestId: string
  /** The fee the owner agreed to, in won; absent: whatever it is. */
  readonly feeAgreed?: number | undefined
}

/** What goes back to the buyer and what is kept, in won. */
export interface Cancelled {
  readonly refundAmount: number
  readonly fee: number
}

export type CancelRefusal =
  | { refused: 'RESERVATION_NOT_FOUND' | 'PAYMENT_IN_PROGRESS' | 'TICKET_USED' }
  | { refused: 'FEE_CHANGED'; fee: number; refundAmount: number }
  | { refused: 'SAME_DAY_CANCEL' | 'CANCEL_CLOSED'; allowedUntil: string }

/**
 * Ends a reservation for its owner (RSV-006): tickets are given back at the fee that `quoteTickets` names for the
 * database's time, an unpaid hold costs nothing, one that has ended already gives the same answer again. The row is locked
 * while it is judged, so that of many calls, a confirmation, the end of the hold and an entry at a gate one comes first: who has come in gives
 * nothing back. Seats of tickets come back
 * by the event's policy.
 */
export async function cancelReservation(
  deps: CancelReservationDeps,
  input: CancelReservationInput,
): Promise<Cancelled | CancelRefusal> {
  const withhold = await isWithheld(deps, input)
  const { outcome, ended } = await inTransaction(deps.db, (trx) => judgeAndCancel(trx, input, withhold))
  if (ended.length > 0) {
    deps.wakeRelay()
    await releaseEnded(deps, ended)
  }
  return outcome
}

interface Judged {
  readonly outcome: Cancelled | CancelRefusal
  readonly ended: readonly EndedSeats[]
}

const nothing = { refundAmount: 0, fee: 0 }
const refuse = (outcome: CancelRefusal): Judged => ({ outcome, ended: [] })

/**
 * Whether seats of tickets are kept until the event's policy lets them go. So they are too while the event service is away:
 * nobody could hold them anyway, and `pass-on-seats` asks again. Asked whatever the reservation's state is: what is no ticket
 * yet may be one when its row is locked.
 */
async function isWithheld(
  { db, catalogue, log }: CancelReservationDeps,
  input: CancelReservationInput,
): Promise<boolean> {
  const row = await db
    .selectFrom('reservations')
    .select('event_schedule_id')
    .where('id', '=', input.reservationId)
    .where('user_id', '=', input.userId)
    .executeTakeFirst()
  if (!row) return false
  try {
    const schedule = await catalogue.schedule(row.event_schedule_id)
    return schedule !== null && schedule.rules.release.policy !== 'AT_ONCE'
  } catch (err) {
    log.warn(
      { err, reservationId: input.reservationId },
      'seats of tickets given back are kept until their policy is known',
    )
    return true
  }
}

async function judgeAndCancel(
  trx: Transaction<Database>,
  input: CancelReservationInput,
  withhold: boolean,
): Promise<Judged> {
  const row = await lockOwn(trx, input)
  if (!row) return refuse({ refused: 'RESERVATION_NOT_FOUND' })
  if (row.status === 'CANCELLED') {
    return { outcome: { refundAmount: row.refund_amount ?? 0, fee: row.fee_amount ?? 0 }, ended: [] }
  }
  const rows = { reservationIds: [row.id], from: row.status, correlationId: input.requestId }
  if (row.status === 'PENDING') {
    if (row.payment_started_at !== null) return refuse({ refused: 'PAYMENT_IN_PROGRESS' })
    return { outcome: nothing, ended: await cancelRows(trx, { ...rows, reason: 'HOLD_RELEASED' }) }
  }
  const quote = quoteTickets(row)
  if ('refused' in quote) {
    return refuse('allowedUntil' in quote ? { ...quote, allowedUntil: quote.allowedUntil.toISOString() } : quote)
  }
  const { refund: refundAmount, fee } = quote
  if (fee > (input.feeAgreed ?? fee)) return refuse({ refused: 'FEE_CHANGED', fee, refundAmount })
  // Whoever hears first that the show is off shall not lose by being quick.
  const reason = row.schedule_cancelled ? 'EVENT_CANCELLED' : 'USER_CANCELLED'
  const terms = { reason, refundAmount, feeAmount: fee, withhold: withhold && reason === 'USER_CANCELLED' } as const
  const ended = await cancelRows(trx, { ...rows, ...terms })
  return { outcome: { refundAmount, fee }, ended }
}

/** Read after the lock is there, because what stood before may have changed while this waited. */
async function lockOwn(trx: Transaction<Database>, input: CancelReservationInput): Promise<ReservationRow | null> {
  const locked = await trx
    .selectFrom('reservations')
    .select('id')
    .where('id', '=', input.reservationId)
    .where('user_id', '=', input.userId)
    .forUpdate()
    .executeTakeFirst()
  return locked ? findReservation(trx, locked.id) : null
}
