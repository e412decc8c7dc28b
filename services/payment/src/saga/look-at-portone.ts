import { judgePayment, type Verdict } from '../domain/judge-payment.ts'
import type { PortonePayment } from '../domain/portone-payment.ts'
import { openedAt, type PaymentRow } from '../store/payments.ts'
import type { SagaDeps } from './saga-deps.ts'

/** What PortOne says of a payment, and what that means. */
export interface Look {
  readonly facts: PortonePayment | null
  readonly verdict: Verdict
}

/** What is to be asked again, and why. */
export interface Unclear {
  readonly why: string
  readonly breakerOpen?: boolean
}

/** Reads a payment from PortOne and compares it with what was registered; `unclear` where PortOne itself does not know. */
export async function lookAtPortone(deps: SagaDeps, payment: PaymentRow): Promise<Look | Unclear> {
  const read = await deps.portone.read(payment.portone_payment_id)
  if (read.outcome === 'unknown') return read
  const facts = read.outcome === 'found' ? read.payment : null
  const verdict = judgePayment(facts, expectedOf(deps, payment))
  return verdict.verdict === 'unclear' ? { why: verdict.reason } : { facts, verdict }
}

const expectedOf = (deps: SagaDeps, payment: PaymentRow) => ({
  portonePaymentId: payment.portone_payment_id,
  amount: payment.amount,
  channelType: deps.channelType,
  ...openedAt(payment, deps),
})
