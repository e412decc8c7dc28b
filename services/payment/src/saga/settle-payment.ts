import { beganPaymentSchema, internalReservationSchema } from '@ticket-queue/contracts/http/reservation'
import type { CallService } from '@ticket-queue/service-kit'
import { ServiceCallError } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { judgePayment, type Verdict } from '../domain/judge-payment.ts'
import type { PortonePayment } from '../domain/portone-payment.ts'
import type { Portone } from '../portone/portone.ts'
import type { Database } from '../store/database.ts'
import { findPayment, type PaymentRow, recordStep, stepDone } from '../store/payments.ts'
import { markFailed, markSuccess, planCheck } from './write-outcome.ts'

export interface SagaDeps {
  readonly db: Kysely<Database>
  readonly portone: Portone
  readonly reservation: CallService
  readonly storeId: string
  /** Wakes the outbox relay after an outcome has been committed. */
  readonly wakeRelay: () => void
}

/** Who asks: only the buyer's own confirmation makes "not paid" final while the hold still runs. */
export interface SettleInput {
  readonly paymentId: string
  readonly askedBy: 'buyer' | 'provider' | 'sweeper'
  readonly paymentToken?: string | undefined
  readonly requestId: string
}

/** Where a payment stands after a look; `unreachable` says that PortOne's breaker is open. */
export type Settled =
  | { readonly state: 'SUCCESS' | 'FAILED' | 'REFUNDED'; readonly payment: PaymentRow }
  | { readonly state: 'PENDING'; readonly unreachable: boolean }

/**
 * Takes a payment as far as can be known now (data.md, purchase step 4; PAY-010, PAY-011): read it from PortOne, pin the
 * reservation, then SUCCESS with `PaymentSuccess`, or give back what was captured and FAILED with `PaymentFailed`.
 * What is unclear stays PENDING and is asked again. Safe to call at any time, by several at once: guarded updates and
 * idempotency keys decide.
 */
export async function settlePayment(deps: SagaDeps, input: SettleInput): Promise<Settled> {
  const payment = await findPayment(deps.db, input.paymentId)
  if (!payment) throw new Error(`there is no payment ${input.paymentId}`)
  if (payment.status === 'SUCCESS' || payment.status === 'REFUNDED') return { state: payment.status, payment }
  const read = await deps.portone.read(payment.portone_payment_id)
  if (read.outcome === 'unknown') return unclear(deps, payment, 'READ', read)
  const facts = read.outcome === 'found' ? read.payment : null
  const verdict = judgePayment(facts, expectedOf(deps, payment))
  if (payment.status === 'FAILED') return giveBackLate(deps, payment, facts, verdict)

  const decisive =
    verdict.verdict !== 'unpaid' || input.askedBy === 'buyer' || (await stepDone(deps.db, payment.id, 'BEGIN'))
  if (!decisive) return waitOrEnd(deps, payment, input)
  const began = await beginAtReservation(deps, payment, input)
  if (began === 'unknown') return unclear(deps, payment, 'BEGIN', { why: 'the reservation service gave no answer' })
  if (began !== 'granted') return undo(deps, payment, { facts, verdict, reason: began, requestId: input.requestId })
  if (verdict.verdict === 'unpaid' && input.paymentToken)
    return captureThenJudge(deps, payment, input, input.paymentToken)
  return conclude(deps, payment, { facts, verdict, requestId: input.requestId })
}

const expectedOf = (deps: SagaDeps, payment: PaymentRow) => ({
  portonePaymentId: payment.portone_payment_id,
  amount: payment.amount,
  storeId: deps.storeId,
})

interface Judged {
  readonly facts: PortonePayment | null
  readonly verdict: Verdict
  readonly requestId: string
}

async function conclude(deps: SagaDeps, payment: PaymentRow, judged: Judged): Promise<Settled> {
  const { verdict, facts } = judged
  if (verdict.verdict !== 'paid') return undo(deps, payment, { ...judged, reason: verdict.reason })
  await markSuccess(deps, payment, { facts, requestId: judged.requestId })
  return current(deps, payment.id)
}

/** Manual confirm (수동 승인): the money moves only now, after the seats have been pinned. */
async function captureThenJudge(
  deps: SagaDeps,
  payment: PaymentRow,
  input: SettleInput,
  paymentToken: string,
): Promise<Settled> {
  await recordStep(deps.db, { paymentId: payment.id, step: 'CAPTURE', state: 'STARTED' })
  const captured = await deps.portone.confirm(payment.portone_payment_id, { paymentToken, totalAmount: payment.amount })
  if (captured.outcome === 'unknown') return unclear(deps, payment, 'CAPTURE', captured)
  const state = captured.outcome === 'done' ? 'DONE' : 'FAILED'
  const detail = captured.outcome === 'refused' ? { type: captured.type } : {}
  await recordStep(deps.db, { paymentId: payment.id, step: 'CAPTURE', state, detail })
  const read = await deps.portone.read(payment.portone_payment_id)
  if (read.outcome === 'unknown') return unclear(deps, payment, 'READ', read)
  const facts = read.outcome === 'found' ? read.payment : null
  return conclude(deps, payment, {
    facts,
    verdict: judgePayment(facts, expectedOf(deps, payment)),
    requestId: input.requestId,
  })
}

/** Compensation: what was captured goes back first; only then is the payment FAILED. */
async function undo(deps: SagaDeps, payment: PaymentRow, judged: Judged & { reason: string }): Promise<Settled> {
  const returned = await giveBack(deps, payment, judged)
  if (returned.outcome === 'unknown') return unclear(deps, payment, 'CANCEL', returned)
  await markFailed(deps, payment, { facts: judged.facts, reason: judged.reason, requestId: judged.requestId })
  return current(deps, payment.id)
}

/** Money that came after the payment had failed is given back in full (data.md, purchase step 8). */
async function giveBackLate(
  deps: SagaDeps,
  payment: PaymentRow,
  facts: PortonePayment | null,
  verdict: Verdict,
): Promise<Settled> {
  const returned = await giveBack(deps, payment, { facts, verdict })
  if (returned.outcome === 'unknown') {
    await planCheck(deps.db, payment.id, { error: returned.why })
    return { state: 'FAILED', payment }
  }
  await planCheck(deps.db, payment.id, { lateMoneyWatch: true })
  return current(deps, payment.id)
}

async function giveBack(deps: SagaDeps, payment: PaymentRow, { verdict }: Pick<Judged, 'facts' | 'verdict'>) {
  if (verdict.captured === 0) return { outcome: 'done' as const }
  await recordStep(deps.db, {
    paymentId: payment.id,
    step: 'CANCEL',
    state: 'STARTED',
    detail: { amount: verdict.captured },
  })
  const cancelled = await deps.portone.cancel(payment.portone_payment_id, {
    amount: verdict.captured,
    cancellableAmount: verdict.captured,
    reason: 'The tickets could not be issued',
    idempotencyKey: `giveback-${payment.portone_payment_id}-${verdict.captured}`,
  })
  if (
    cancelled.outcome === 'done' ||
    (cancelled.outcome === 'refused' && cancelled.type === 'PAYMENT_ALREADY_CANCELLED')
  ) {
    await recordStep(deps.db, {
      paymentId: payment.id,
      step: 'CANCEL',
      state: 'DONE',
      detail: { amount: verdict.captured },
    })
    return { outcome: 'done' as const }
  }
  const why = cancelled.outcome === 'refused' ? `PortOne refused to cancel: ${cancelled.type}` : cancelled.why
  return { outcome: 'unknown' as const, why, breakerOpen: cancelled.outcome === 'unknown' && cancelled.breakerOpen }
}

/** Nothing is paid and nobody says it should be: the payment waits for its buyer as long as the hold lasts. */
async function waitOrEnd(deps: SagaDeps, payment: PaymentRow, input: SettleInput): Promise<Settled> {
  try {
    const path = `/internal/reservations/${payment.reservation_id}`
    const found = await deps.reservation.get(path, internalReservationSchema, { requestId: input.requestId })
    if (found.status === 'CANCELLED') {
      await markFailed(deps, payment, { facts: null, reason: 'HOLD_EXPIRED', requestId: input.requestId })
      return current(deps, payment.id)
    }
  } catch (error) {
    if (!(error instanceof ServiceCallError)) throw error
  }
  await planCheck(deps.db, payment.id, {})
  return { state: 'PENDING', unreachable: false }
}

async function beginAtReservation(deps: SagaDeps, payment: PaymentRow, input: SettleInput) {
  await recordStep(deps.db, { paymentId: payment.id, step: 'BEGIN', state: 'STARTED' })
  try {
    const path = `/internal/reservations/${payment.reservation_id}/begin-payment`
    const began = await deps.reservation.post(path, beganPaymentSchema, {
      requestId: input.requestId,
      body: { paymentId: payment.id, userId: payment.user_id, amount: payment.amount },
    })
    await recordStep(deps.db, {
      paymentId: payment.id,
      step: 'BEGIN',
      state: began.granted ? 'DONE' : 'FAILED',
      detail: began.granted ? {} : { reason: began.reason },
    })
    return began.granted ? 'granted' : began.reason
  } catch (error) {
    if (error instanceof ServiceCallError) return 'unknown'
    throw error
  }
}

async function unclear(
  deps: SagaDeps,
  payment: PaymentRow,
  step: string,
  answer: { why: string; breakerOpen?: boolean },
): Promise<Settled> {
  await recordStep(deps.db, { paymentId: payment.id, step, state: 'UNKNOWN', detail: { why: answer.why } })
  await planCheck(deps.db, payment.id, { error: answer.why })
  return { state: 'PENDING', unreachable: answer.breakerOpen === true }
}

async function current(deps: SagaDeps, paymentId: string): Promise<Settled> {
  const payment = await findPayment(deps.db, paymentId)
  if (!payment) throw new Error(`payment ${paymentId} vanished`)
  if (payment.status === 'PENDING') return { state: 'PENDING', unreachable: false }
  return { state: payment.status as 'SUCCESS' | 'FAILED' | 'REFUNDED', payment }
}
