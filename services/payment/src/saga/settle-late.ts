import { inTransaction, isUniqueViolation } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { hasStep, type PaymentRow, recordStep } from '../store/payments.ts'
import { beginAtReservation } from './begin-at-reservation.ts'
import { conclude, current, giveAllBack } from './conclude-payment.ts'
import { type Look, lookAtPortone, type Unclear } from './look-at-portone.ts'
import { planCheck } from './plan-check.ts'
import type { SagaDeps, Settled } from './saga-deps.ts'

/**
 * Looks for money that came after a payment had failed. All of it, and the seats still free: the payment is open again and SUCCESS
 * (decision 0023). Else it goes back in full at once (data.md, purchase step 8). What cannot be known now is looked at again.
 */
export async function settleLate(deps: SagaDeps, payment: PaymentRow, requestId: string): Promise<Settled> {
  // Asked before PortOne is read: what is taken back after that read must not be given up by it.
  const isPinned = await mayHavePinned(deps.db, payment)
  const look = await lookAtPortone(deps, payment)
  if ('why' in look) return lookAgain(deps, payment, look)
  const taken = await takeBack(deps, payment, { look, isPinned, requestId })
  if (taken === 'unknown') return lookAgain(deps, payment, { why: 'the reservation service gave no usable answer' })
  if (taken === 'granted') {
    const open = await reopen(deps.db, payment)
    if (open === 'changed') return openOrUnknown(await current(deps, payment.id))
    if (open !== 'other-payment') return conclude(deps, open, { look, requestId })
  }
  const returned = await giveAllBack(deps, payment, look, payment.failure_reason ?? 'LATE')
  if (returned.outcome === 'unknown') return lookAgain(deps, payment, returned)
  if (await mayHavePinned(deps.db, payment)) {
    return lookAgain(deps, payment, { why: 'it may have pinned the reservation, and another payment of it is open' })
  }
  // A payment that was paid and cancelled can never be paid again.
  const isOver = look.verdict.verdict === 'unequal' || look.verdict.verdict === 'paid'
  await planCheck(deps.db, payment, { because: isOver ? 'nothing' : 'late-money' })
  return { state: 'FAILED', payment }
}

/** News has come meanwhile and makes the next look due: that one opens the payment, so that FAILED is not the last word. */
const openOrUnknown = (now: Settled): Settled =>
  now.state === 'FAILED' ? { state: 'PENDING', unreachable: false } : now

/** The buyer is told that it is not known yet; the row stays FAILED. */
async function lookAgain(deps: SagaDeps, payment: PaymentRow, { why, breakerOpen = false }: Unclear): Promise<Settled> {
  await planCheck(deps.db, payment, { because: 'unclear', why })
  return { state: 'PENDING', unreachable: breakerOpen }
}

/** `granted` also where an earlier look was, and died before it could open the payment: then it must be ended with it. */
async function takeBack(
  deps: SagaDeps,
  payment: PaymentRow,
  { look, isPinned, requestId }: { look: Look; isPinned: boolean; requestId: string },
): Promise<'granted' | 'refused' | 'unknown'> {
  if (look.verdict.verdict !== 'paid') return isPinned ? 'granted' : 'refused'
  // Money that is on its way back buys nothing.
  if (await hasStep(deps.db, payment.id, { step: 'CANCEL', state: 'STARTED' })) return 'refused'
  // The seats are those of the payment the buyer has opened since, which may be paid already.
  if ((await findOthers(deps.db, payment)).length > 0) return 'refused'
  const began = await beginAtReservation(deps, payment, { requestId, captured: true })
  return began === 'granted' || began === 'unknown' ? began : 'refused'
}

/**
 * Whether the reservation was given to this payment since it failed; a call whose answer never came counts, for it may have been.
 * So does one that was opened again and called failed by a replica that does not tell the payment's version: its event ends nothing.
 */
async function mayHavePinned(db: Kysely<Database>, payment: PaymentRow): Promise<boolean> {
  const last = await db
    .selectFrom('saga_steps')
    .select(['step', 'state', sql<boolean>`coalesce(detail ? 'paymentVersion', false)`.as('isNumbered')])
    .where('payment_id', '=', payment.id)
    .where('step', 'in', ['BEGIN', 'FAILED'])
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const isToldInVain =
    last?.step === 'FAILED' && !last.isNumbered && (await hasStep(db, payment.id, { step: 'REOPENED', state: 'DONE' }))
  if (!isToldInVain && (last?.step !== 'BEGIN' || last.state === 'FAILED')) return false
  return !(await findOthers(db, payment)).some(({ status }) => status === 'SUCCESS')
}

/** The other payments of the reservation that are open or have bought it: at most one. */
const findOthers = (db: Kysely<Database>, { id, reservation_id: reservationId }: PaymentRow) =>
  db
    .selectFrom('payments')
    .select('status')
    .where('reservation_id', '=', reservationId)
    .where('id', '!=', id)
    .where('status', 'in', ['PENDING', 'SUCCESS'])
    .execute()

/** FAILED → PENDING: the payment goes on as one that has begun, and ends with an event of its own. */
async function reopen(db: Kysely<Database>, payment: PaymentRow): Promise<PaymentRow | 'changed' | 'other-payment'> {
  try {
    return await inTransaction(db, async (trx) => {
      const opened = await trx
        .updateTable('payments')
        .set({
          status: 'PENDING',
          failed_at: null,
          failure_reason: null,
          next_check_at: sql<Date>`now()`,
          check_count: 0,
          last_check_error: null,
          version: sql<number>`version + 1`,
        })
        .where('id', '=', payment.id)
        .where('status', '=', 'FAILED')
        .where('version', '=', payment.version)
        .returningAll()
        .executeTakeFirst()
      if (!opened) return 'changed'
      await recordStep(trx, { paymentId: payment.id, step: 'REOPENED', state: 'DONE' })
      return opened
    })
  } catch (error) {
    if (isUniqueViolation(error, 'payments_one_live')) return 'other-payment'
    throw error
  }
}
