import type { Portone } from '../portone/portone.ts'
import { findPayment, recordStep } from '../store/payments.ts'
import type { SagaDeps } from './settle-payment.ts'
import { markRefunded, planCheck } from './write-outcome.ts'

/**
 * Gives back what a cancelled reservation is owed (data.md, purchase step 7). PortOne is read first, so a refund whose
 * answer was lost is found and not made twice; `currentCancellableAmount` and the idempotency key stop a second one.
 */
export async function refundPayment(deps: SagaDeps, input: { paymentId: string; requestId: string }): Promise<void> {
  const payment = await findPayment(deps.db, input.paymentId)
  if (payment?.status !== 'SUCCESS' || payment.refund_due_amount === null) return
  const due = payment.refund_due_amount
  const given = await givenBack(deps.portone, payment.portone_payment_id)
  if (given === 'unknown') return planCheck(deps.db, payment.id, { error: 'PortOne could not be read' })
  const missing = due - given
  if (missing > 0) {
    await recordStep(deps.db, { paymentId: payment.id, step: 'REFUND', state: 'STARTED', detail: { amount: missing } })
    const cancelled = await deps.portone.cancel(payment.portone_payment_id, {
      amount: missing,
      cancellableAmount: payment.amount - given,
      reason: payment.refund_reason ?? 'The reservation was cancelled',
      idempotencyKey: `refund-${payment.portone_payment_id}-${due}`,
    })
    if (cancelled.outcome !== 'done') {
      const why = cancelled.outcome === 'refused' ? `PortOne refused to refund: ${cancelled.type}` : cancelled.why
      await recordStep(deps.db, { paymentId: payment.id, step: 'REFUND', state: 'UNKNOWN', detail: { why } })
      return planCheck(deps.db, payment.id, { error: why })
    }
  }
  await markRefunded(deps, payment, { amount: due, requestId: input.requestId })
}

async function givenBack(portone: Portone, portonePaymentId: string): Promise<number | 'unknown'> {
  const read = await portone.read(portonePaymentId)
  if (read.outcome !== 'found') return 'unknown'
  return read.payment.amount?.cancelled ?? 0
}
