import { ServiceCallError } from '@ticket-queue/service-kit'
import { type OpenCapture, openCaptures, type Read } from '../store/open-captures.ts'
import { type PaymentRow, stepDone } from '../store/payments.ts'
import { beginAtReservation } from './begin-at-reservation.ts'
import { capturePayment } from './capture-payment.ts'
import { conclude, current, pending, unclear, undo } from './conclude-payment.ts'
import { type Look, lookAtPortone } from './look-at-portone.ts'
import { planCheck } from './plan-check.ts'
import type { SagaDeps, Settled } from './saga-deps.ts'
import { settleLate } from './settle-late.ts'
import { markFailed } from './write-outcome.ts'

/** `buyer`: he says that he has paid, so that "not paid" is final. `sweeper`: nobody has said so. */
export interface SettleInput {
  readonly paymentId: string
  /** What has just been read of it. */
  readonly read?: Read | undefined
  readonly askedBy: 'buyer' | 'sweeper'
  readonly paymentToken?: string | undefined
  readonly requestId: string
}

/**
 * Takes a payment as far as can be known now (data.md, purchase step 4; PAY-010, PAY-011): pin the reservation, read the
 * payment from PortOne, then SUCCESS with `PaymentSuccess`, or give back what was captured and FAILED with
 * `PaymentFailed`. What is unclear stays PENDING and is asked again. Safe to call at any time, by several at once:
 * guarded updates and idempotency keys decide.
 */
export async function settlePayment(deps: SagaDeps, input: SettleInput): Promise<Settled> {
  const read = input.read ?? (await deps.readPayment(input.paymentId))
  if (!read) throw new Error(`there is no payment ${input.paymentId}`)
  const { payment, captures } = read
  if (payment.status === 'SUCCESS' || payment.status === 'REFUNDED') return { state: payment.status, payment }
  if (payment.status === 'FAILED') return settleLate(deps, payment, input.requestId)
  const paymentToken = input.paymentToken ?? captures[0]?.paymentToken ?? null
  // Asked before PortOne is read: what a buyer says after that read must not make its "not paid" final.
  const saysPaid = input.askedBy === 'buyer' || paymentToken !== null || (await stepDone(deps.db, payment.id, 'BEGIN'))
  const asked = { captures, paymentToken, requestId: input.requestId }
  return saysPaid ? decide(deps, payment, asked) : watch(deps, payment, asked)
}

interface Asked {
  /** Those that had begun before PortOne is read; one that begins later makes the decision lose. */
  readonly captures: readonly OpenCapture[]
  readonly paymentToken: string | null
  readonly requestId: string
  readonly look?: Look
}

/** Nobody has said that this is paid: only money at PortOne makes it a case to decide. */
async function watch(deps: SagaDeps, payment: PaymentRow, asked: Asked): Promise<Settled> {
  const look = await lookAtPortone(deps, payment)
  if ('why' in look) return unclear(deps, payment, 'READ', look)
  const { verdict } = look
  const hasMoney = verdict.verdict === 'paid' || verdict.verdict === 'unequal'
  return hasMoney ? decide(deps, payment, { ...asked, look }) : waitOrEnd(deps, payment, asked.requestId)
}

async function decide(deps: SagaDeps, payment: PaymentRow, asked: Asked): Promise<Settled> {
  const { captures, paymentToken, requestId } = asked
  let began = await beginAtReservation(deps, payment, { requestId, captured: false })
  if (began === 'unknown') return unclear(deps, payment, 'BEGIN', noAnswer)
  const look = asked.look ?? (await lookAtPortone(deps, payment))
  if ('why' in look) return unclear(deps, payment, 'READ', look)
  const { verdict } = look
  if (began === 'HOLD_EXPIRED' && verdict.verdict === 'paid') {
    began = await beginAtReservation(deps, payment, { requestId, captured: true })
    if (began === 'unknown') return unclear(deps, payment, 'BEGIN', noAnswer)
  }
  if (began !== 'granted') {
    const mayMove = verdict.verdict === 'unpaid' && captures.some((capture) => capture.mayMove)
    if (mayMove) return unclear(deps, payment, 'READ', { why: 'a capture that has begun may still move money' })
    return undo(deps, payment, { look, reason: began, requestId })
  }
  if (verdict.verdict === 'unpaid' && paymentToken !== null) {
    return captureThenConclude(deps, payment, { paymentToken, requestId })
  }
  return conclude(deps, payment, { look, requestId })
}

const noAnswer = { why: 'the reservation service gave no usable answer' }

async function captureThenConclude(
  deps: SagaDeps,
  before: PaymentRow,
  { paymentToken, requestId }: { paymentToken: string; requestId: string },
): Promise<Settled> {
  const captured = await capturePayment(deps, before, paymentToken)
  if (captured.outcome === 'ended') return current(deps, before.id)
  const { payment } = captured
  if (captured.outcome === 'unknown') return pending(deps, payment, captured)
  const others = await openCaptures(deps.db, payment.id)
  const look = await lookAtPortone(deps, payment)
  if ('why' in look) return unclear(deps, payment, 'READ', look)
  const { verdict } = look
  if (verdict.verdict === 'unpaid') {
    if (captured.outcome === 'done') {
      return unclear(deps, payment, 'READ', { why: 'PortOne has captured the money and does not tell of it yet' })
    }
    if (captured.outcome === 'doubtful' || others.length > 0) {
      return unclear(deps, payment, 'READ', { why: `PortOne answers ${captured.type} and may have captured money` })
    }
    return undo(deps, payment, { look, reason: captured.type, requestId })
  }
  return conclude(deps, payment, { look, requestId })
}

/** Nothing is paid and nobody says it should be: the payment waits for its buyer as long as the reservation lasts. */
async function waitOrEnd(deps: SagaDeps, payment: PaymentRow, requestId: string): Promise<Settled> {
  try {
    const found = await deps.reservation.read({ reservationId: payment.reservation_id, requestId })
    if (found?.status === 'PENDING') {
      await planCheck(deps.db, payment, { because: 'waiting' })
      return { state: 'PENDING', unreachable: false }
    }
  } catch (error) {
    if (!(error instanceof ServiceCallError)) throw error
    return pending(deps, payment, { why: error.message })
  }
  await markFailed(deps, payment, { facts: null, reason: 'RESERVATION_ENDED', requestId })
  return current(deps, payment.id)
}
