import { sql } from 'kysely'
import { theirBooks } from '../domain/compare-payment.ts'
import { requestedCancellation } from '../domain/portone-payment.ts'
import { type PaymentRow, recordStep } from '../store/payments.ts'
import { giveBack } from './give-back.ts'
import { planCheck } from './plan-check.ts'
import type { SagaDeps } from './saga-deps.ts'
import { markRefunded } from './write-outcome.ts'

/**
 * A payment that has ended well, and of which PortOne's books may say otherwise (its console, a chargeback): all of the money gone
 * back ends it REFUNDED, which ends the ticket, too; a part is written down. A refund that PortOne does not have is made. Money
 * that PortOne never had ends no ticket by itself: such an answer can be PortOne's mistake, and a person decides.
 */
export async function followProvider(deps: SagaDeps, payment: PaymentRow, requestId: string): Promise<void> {
  const read = await deps.portone.read(payment.portone_payment_id)
  if (read.outcome === 'unknown') return planCheck(deps.db, payment, { because: 'unclear', why: read.why })
  const facts = read.outcome === 'found' ? read.payment : null
  if (requestedCancellation(facts) !== null) {
    return planCheck(deps.db, payment, { because: 'unclear', why: 'PortOne has not carried out a cancellation yet' })
  }
  const { captured, cancelled } = theirBooks(facts)
  if (payment.status === 'SUCCESS' && captured > 0 && cancelled >= captured) {
    return markRefunded(deps, payment, { amount: cancelled, requestId })
  }
  const written = payment.refund_amount ?? 0
  if (payment.status === 'REFUNDED' && captured > 0 && cancelled < written) {
    const wanted = { step: 'REFUND' as const, amount: written - cancelled, held: captured - cancelled, facts }
    const given = await giveBack(deps, payment, { ...wanted, reason: 'The refund was not in the provider’s books' })
    const plan =
      given.outcome === 'done' ? ({ because: 'nothing' } as const) : { because: 'unclear' as const, why: given.why }
    return planCheck(deps.db, payment, plan)
  }
  if (cancelled > written) await writeRefunded(deps, payment, cancelled)
  return planCheck(deps.db, payment, { because: 'nothing' })
}

/** More has gone back than we knew of; the status stays what it is. */
async function writeRefunded(deps: SagaDeps, payment: PaymentRow, cancelled: number): Promise<void> {
  await deps.db
    .updateTable('payments')
    .set({ refund_amount: sql<number>`least(amount, ${cancelled}::bigint)` })
    .where('id', '=', payment.id)
    .where('status', '=', payment.status)
    .where('version', '=', payment.version)
    .execute()
  await recordStep(deps.db, {
    paymentId: payment.id,
    step: 'REFUND_SEEN',
    state: 'DONE',
    detail: { amount: cancelled },
  })
}
