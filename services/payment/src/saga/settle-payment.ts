import { internalReservationSchema } from '@ticket-queue/contracts/http/reservation'
import { ServiceCallError } from '@ticket-queue/service-kit'
import { judgePayment, type Verdict } from '../domain/judge-payment.ts'
import type { PortonePayment } from '../domain/portone-payment.ts'
import { findPayment, openedAt, type PaymentRow, recordStep, stepDone } from '../store/payments.ts'
import { beginAtReservation } from './begin-at-reservation.ts'
import { capturePayment, openCapture } from './capture-payment.ts'
import { giveBack } from './give-back.ts'
import { planCheck } from './plan-check.ts'
import type { SagaDeps, Settled } from './saga-deps.ts'
import { markFailed, markSuccess } from './write-outcome.ts'

/** `buyer`: he says that he has paid, so that "not paid" is final. `sweeper`: nobody has said so. */
export interface SettleInput {
  readonly paymentId: string
  readonly askedBy: 'buyer' | 'sweeper'
  readonly paymentToken?: string | undefined
  readonly requestId: string
}

/** What PortOne says of a payment, and what that means. */
interface Look {
  readonly facts: PortonePayment | null
  readonly verdict: Verdict
}

interface Unclear {
  readonly why: string
  readonly breakerOpen?: boolean
}

/**
 * Takes a payment as far as can be known now (data.md, purchase step 4; PAY-010, PAY-011): pin the reservation, read the
 * payment from PortOne, then SUCCESS with `PaymentSuccess`, or give back what was captured and FAILED with
 * `PaymentFailed`. What is unclear stays PENDING and is asked again. Safe to call at any time, by several at once:
 * guarded updates and idempotency keys decide.
 */
export async function settlePayment(deps: SagaDeps, input: SettleInput): Promise<Settled> {
  const payment = await findPayment(deps.db, input.paymentId)
  if (!payment) throw new Error(`there is no payment ${input.paymentId}`)
  if (payment.status === 'SUCCESS' || payment.status === 'REFUNDED') return { state: payment.status, payment }
  if (payment.status === 'FAILED') return giveBackLate(deps, payment)
  const paymentToken = input.paymentToken ?? (await openCapture(deps.db, payment.id))
  // Asked before PortOne is read: what a buyer says after that read must not make its "not paid" final.
  const saysPaid = input.askedBy === 'buyer' || paymentToken !== null || (await stepDone(deps.db, payment.id, 'BEGIN'))
  const asked = { paymentToken, requestId: input.requestId }
  return saysPaid ? decide(deps, payment, asked) : watch(deps, payment, asked)
}

interface Asked {
  readonly paymentToken: string | null
  readonly requestId: string
  readonly look?: Look
}

/** Nobody has said that this is paid: only money at PortOne makes it a case to decide. */
async function watch(deps: SagaDeps, payment: PaymentRow, asked: Asked): Promise<Settled> {
  const look = await lookAtPortone(deps, payment)
  if ('why' in look) return unclear(deps, payment, 'READ', look)
  const { verdict } = look
  if (verdict.verdict === 'unclear') return unclear(deps, payment, 'READ', { why: verdict.reason })
  const hasMoney = verdict.verdict === 'paid' || verdict.verdict === 'unequal'
  return hasMoney ? decide(deps, payment, { ...asked, look }) : waitOrEnd(deps, payment, asked.requestId)
}

async function decide(deps: SagaDeps, payment: PaymentRow, asked: Asked): Promise<Settled> {
  const { paymentToken, requestId } = asked
  const began = await beginAtReservation(deps, payment, requestId)
  if (began === 'unknown') {
    return unclear(deps, payment, 'BEGIN', { why: 'the reservation service gave no usable answer' })
  }
  const look = asked.look ?? (await lookAtPortone(deps, payment))
  if ('why' in look) return unclear(deps, payment, 'READ', look)
  const { verdict } = look
  if (verdict.verdict === 'unclear') return unclear(deps, payment, 'READ', { why: verdict.reason })
  if (began !== 'granted') return undo(deps, payment, { look, reason: began, requestId })
  if (verdict.verdict === 'unpaid' && paymentToken !== null) {
    return captureThenConclude(deps, payment, { paymentToken, requestId })
  }
  return conclude(deps, payment, { look, requestId })
}

async function captureThenConclude(
  deps: SagaDeps,
  pending: PaymentRow,
  { paymentToken, requestId }: { paymentToken: string; requestId: string },
): Promise<Settled> {
  const captured = await capturePayment(deps, pending, paymentToken)
  if (captured.outcome === 'ended') return current(deps, pending.id)
  const { payment } = captured
  if (captured.outcome === 'unknown') return unclear(deps, payment, 'CAPTURE', captured)
  const look = await lookAtPortone(deps, payment)
  if ('why' in look) return unclear(deps, payment, 'READ', look)
  const { verdict } = look
  if (verdict.verdict === 'unclear') return unclear(deps, payment, 'READ', { why: verdict.reason })
  if (verdict.verdict === 'unpaid' && captured.outcome === 'done') {
    return unclear(deps, payment, 'READ', { why: 'PortOne has captured the money and does not tell of it yet' })
  }
  if (verdict.verdict === 'unpaid' && captured.outcome === 'refused') {
    return undo(deps, payment, { look, reason: captured.type, requestId })
  }
  return conclude(deps, payment, { look, requestId })
}

async function conclude(
  deps: SagaDeps,
  payment: PaymentRow,
  { look, requestId }: { look: Look; requestId: string },
): Promise<Settled> {
  const { facts, verdict } = look
  if (verdict.verdict !== 'paid') return undo(deps, payment, { look, reason: verdict.reason, requestId })
  await markSuccess(deps, payment, { facts, requestId })
  return current(deps, payment.id)
}

/** Compensation: what was captured goes back first; only then is the payment FAILED. */
async function undo(
  deps: SagaDeps,
  payment: PaymentRow,
  { look, reason, requestId }: { look: Look; reason: string; requestId: string },
): Promise<Settled> {
  const returned = await giveAllBack(deps, payment, look.verdict)
  if (returned.outcome === 'unknown') return pending(deps, payment, returned)
  await markFailed(deps, payment, { facts: look.facts, reason, requestId })
  return current(deps, payment.id)
}

/** Money that came after the payment had failed is given back in full (data.md, purchase step 8). */
async function giveBackLate(deps: SagaDeps, payment: PaymentRow): Promise<Settled> {
  const look = await lookAtPortone(deps, payment)
  if ('why' in look) {
    await planCheck(deps.db, payment, { because: 'unclear', why: look.why })
    return { state: 'FAILED', payment }
  }
  const { verdict } = look
  if (verdict.verdict === 'unclear') {
    await planCheck(deps.db, payment, { because: 'unclear', why: verdict.reason })
    return { state: 'FAILED', payment }
  }
  const returned = await giveAllBack(deps, payment, verdict)
  if (returned.outcome === 'unknown') await planCheck(deps.db, payment, { because: 'unclear', why: returned.why })
  // A payment that was paid and cancelled can never be paid again.
  else if (verdict.verdict === 'unequal' || verdict.verdict === 'paid') {
    await planCheck(deps.db, payment, { because: 'nothing' })
  } else await planCheck(deps.db, payment, { because: 'late-money' })
  return { state: 'FAILED', payment }
}

async function giveAllBack(deps: SagaDeps, payment: PaymentRow, { captured }: Verdict) {
  if (captured === 0) return { outcome: 'done' as const }
  const reason = 'The tickets could not be issued'
  return giveBack(deps, payment, { step: 'CANCEL', amount: captured, held: captured, reason })
}

/** Nothing is paid and nobody says it should be: the payment waits for its buyer as long as the reservation lasts. */
async function waitOrEnd(deps: SagaDeps, payment: PaymentRow, requestId: string): Promise<Settled> {
  try {
    const path = `/internal/reservations/${payment.reservation_id}`
    const { status } = await deps.reservation.get(path, internalReservationSchema, { requestId })
    if (status === 'PENDING') {
      await planCheck(deps.db, payment, { because: 'waiting' })
      return { state: 'PENDING', unreachable: false }
    }
  } catch (error) {
    if (!(error instanceof ServiceCallError)) throw error
    if (error.code !== 'RESERVATION_NOT_FOUND') return pending(deps, payment, { why: error.message })
  }
  await markFailed(deps, payment, { facts: null, reason: 'RESERVATION_ENDED', requestId })
  return current(deps, payment.id)
}

async function lookAtPortone(deps: SagaDeps, payment: PaymentRow): Promise<Look | Unclear> {
  const read = await deps.portone.read(payment.portone_payment_id)
  if (read.outcome === 'unknown') return read
  const facts = read.outcome === 'found' ? read.payment : null
  return { facts, verdict: judgePayment(facts, expectedOf(deps, payment)) }
}

const expectedOf = (deps: SagaDeps, payment: PaymentRow) => ({
  portonePaymentId: payment.portone_payment_id,
  amount: payment.amount,
  channelType: deps.channelType,
  ...openedAt(payment, deps),
})

async function unclear(deps: SagaDeps, payment: PaymentRow, step: string, answer: Unclear): Promise<Settled> {
  await recordStep(deps.db, { paymentId: payment.id, step, state: 'UNKNOWN', detail: { why: answer.why } })
  return pending(deps, payment, answer)
}

async function pending(deps: SagaDeps, payment: PaymentRow, answer: Unclear): Promise<Settled> {
  await planCheck(deps.db, payment, { because: 'unclear', why: answer.why })
  return { state: 'PENDING', unreachable: answer.breakerOpen === true }
}

async function current(deps: SagaDeps, paymentId: string): Promise<Settled> {
  const payment = await findPayment(deps.db, paymentId)
  if (!payment) throw new Error(`payment ${paymentId} vanished`)
  if (payment.status === 'PENDING') return { state: 'PENDING', unreachable: false }
  return { state: payment.status, payment }
}
