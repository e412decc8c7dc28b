import { requestedCancellation } from '../domain/portone-payment.ts'
import { findPayment } from '../store/payments.ts'
import { followProvider } from './follow-provider.ts'
import { giveBack } from './give-back.ts'
import { planCheck } from './plan-check.ts'
import type { SagaDeps } from './saga-deps.ts'
import { markRefunded } from './write-outcome.ts'

/**
 * Gives back what a cancelled reservation is owed (data.md, purchase step 7). PortOne is read first, so a refund whose
 * answer was lost is found and not made twice; `currentCancellableAmount` and the idempotency key stop a second one. Where
 * nothing is owed, PortOne's books are followed.
 */
export async function refundPayment(deps: SagaDeps, input: { paymentId: string; requestId: string }): Promise<void> {
  const payment = await findPayment(deps.db, input.paymentId)
  if (payment?.status !== 'SUCCESS' && payment?.status !== 'REFUNDED') return
  if (payment.status === 'REFUNDED' || payment.refund_due_amount === null) {
    return followProvider(deps, payment, input.requestId)
  }
  const due = payment.refund_due_amount
  const read = await deps.portone.read(payment.portone_payment_id)
  if (read.outcome !== 'found' || !read.payment.amount) {
    const why = read.outcome === 'unknown' ? read.why : 'PortOne does not tell what it holds'
    return planCheck(deps.db, payment, { because: 'unclear', why })
  }
  const { total, cancelled: given = 0 } = read.payment.amount
  // What is only requested may be counted among what has gone back, or not.
  if (given < due || requestedCancellation(read.payment) !== null) {
    const refunded = await giveBack(deps, payment, {
      step: 'REFUND',
      amount: due - given,
      held: total - given,
      facts: read.payment,
      reason: payment.refund_reason ?? 'The reservation was cancelled',
    })
    if (refunded.outcome === 'unknown') return planCheck(deps.db, payment, { because: 'unclear', why: refunded.why })
  }
  await markRefunded(deps, payment, { amount: Math.max(due, given), requestId: input.requestId })
}
