import { sql } from 'kysely'
import { findPayment, type PaymentRow } from '../store/payments.ts'
import { giveBack } from './give-back.ts'
import type { Look, Unclear } from './look-at-portone.ts'
import { planCheck } from './plan-check.ts'
import type { SagaDeps, Settled } from './saga-deps.ts'
import { markFailed } from './write-outcome.ts'

/** SUCCESS if all of the money is there and equal, and none on its way back; else what was captured goes back and the payment is FAILED. */
export async function conclude(
  deps: SagaDeps,
  payment: PaymentRow,
  { look, requestId }: { look: Look; requestId: string },
): Promise<Settled> {
  const { facts, verdict } = look
  if (verdict.verdict !== 'paid') return undo(deps, payment, { look, reason: verdict.reason, requestId })
  const written = await deps.markSuccess({ payment, facts, requestId })
  if (written === 'goes-back') return undo(deps, payment, { look, reason: 'CANCELLED_AT_PROVIDER', requestId })
  return written === 'ended' ? current(deps, payment.id) : { state: 'SUCCESS', payment: written }
}

/** Compensation: what was captured goes back first; only then is the payment FAILED. */
export async function undo(
  deps: SagaDeps,
  payment: PaymentRow,
  { look, reason, requestId }: { look: Look; reason: string; requestId: string },
): Promise<Settled> {
  const because = await firstReason(deps, payment, reason)
  const returned = await giveAllBack(deps, payment, look, because)
  if (returned.outcome === 'unknown') return pending(deps, payment, returned)
  await markFailed(deps, payment, { facts: look.facts, reason: because, requestId })
  return current(deps, payment.id)
}

/** Money that we have sent back is no reason of its own: the buyer is told what it went back for, whoever dies in between. */
async function firstReason({ db }: SagaDeps, { id }: PaymentRow, reason: string): Promise<string> {
  if (reason !== 'CANCELLED_AT_PROVIDER') return reason
  const first = await db
    .selectFrom('saga_steps')
    .select(sql<string | null>`detail ->> 'because'`.as('because'))
    .where('payment_id', '=', id)
    .where('step', '=', 'CANCEL')
    .where('state', '=', 'STARTED')
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return first?.because ?? reason
}

/** Gives back whatever PortOne holds for a payment. */
export async function giveAllBack(deps: SagaDeps, payment: PaymentRow, look: Look, because: string) {
  const { captured } = look.verdict
  if (captured === 0) return { outcome: 'done' as const }
  const reason = 'The tickets could not be issued'
  const wanted = { amount: captured, held: captured, reason, facts: look.facts, because }
  return giveBack(deps, payment, { step: 'CANCEL', ...wanted })
}

/** Writes down at which step an answer was missing; the payment stays PENDING and is asked again. */
export async function unclear(deps: SagaDeps, payment: PaymentRow, step: string, answer: Unclear): Promise<Settled> {
  await deps.noteStep({ paymentId: payment.id, step, state: 'UNKNOWN', detail: { why: answer.why } })
  return pending(deps, payment, answer)
}

/** The payment stays PENDING and is asked again. */
export async function pending(deps: SagaDeps, payment: PaymentRow, answer: Unclear): Promise<Settled> {
  await planCheck(deps.db, payment, { because: 'unclear', why: answer.why })
  return { state: 'PENDING', unreachable: answer.breakerOpen === true }
}

/** Where a payment stands that somebody else may have settled. */
export async function current(deps: SagaDeps, paymentId: string): Promise<Settled> {
  const payment = await findPayment(deps.db, paymentId)
  if (!payment) throw new Error(`payment ${paymentId} vanished`)
  if (payment.status === 'PENDING') return { state: 'PENDING', unreachable: false }
  return { state: payment.status, payment }
}
