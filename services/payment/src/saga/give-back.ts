import { inTransaction } from '@ticket-queue/database'
import type { Kysely } from 'kysely'
import { failedCancellations, type PortonePayment, requestedCancellation } from '../domain/portone-payment.ts'
import type { Database } from '../store/database.ts'
import { countRefusals, type PaymentRow, recordStep } from '../store/payments.ts'
import type { SagaDeps } from './saga-deps.ts'

export type GivenBack =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'unknown'; readonly why: string; readonly breakerOpen: boolean }

/**
 * Cancels `amount` (won) of what PortOne holds for a payment, of which `held` (won) can still be cancelled. The same call
 * repeated after a lost answer is the same request to PortOne. A call PortOne has refused gets a new idempotency key the
 * next time, because the refusal would be replayed for three hours under the old one; `held` still stops a second refund. While
 * a cancellation that PortOne has taken is not carried out, none is asked for: `held` may not count it, and the key forgets.
 */
export async function giveBack(
  deps: SagaDeps,
  payment: PaymentRow,
  wanted: {
    step: 'CANCEL' | 'REFUND'
    amount: number
    held: number
    /** What PortOne and the buyer's card company are told. */
    reason: string
    facts: PortonePayment | null
    /** What the payment fails for, written down so that it is still known when the money has gone back. */
    because?: string
  },
): Promise<GivenBack> {
  const { step, amount, held, reason, facts, because } = wanted
  const requested = requestedCancellation(facts)
  if (requested !== null) {
    return {
      outcome: 'unknown',
      why: `PortOne has yet to carry out a cancellation of ${requested} won`,
      breakerOpen: false,
    }
  }
  const refusals = (await countRefusals(deps.db, payment.id, step)) + failedCancellations(facts)
  if (!(await start(deps.db, payment, { step, detail: { amount, because } }))) {
    return { outcome: 'unknown', why: 'the payment has become another one meanwhile', breakerOpen: false }
  }
  const cancelled = await deps.portone.cancel(payment.portone_payment_id, {
    amount,
    cancellableAmount: held,
    reason,
    idempotencyKey: `${step.toLowerCase()}-${payment.portone_payment_id}-${amount}-of-${held}-${refusals}`,
  })
  if (cancelled.outcome === 'unknown') {
    await recordStep(deps.db, { paymentId: payment.id, step, state: 'UNKNOWN', detail: { why: cancelled.why } })
    return cancelled
  }
  if (cancelled.outcome === 'refused' && cancelled.type !== 'PAYMENT_ALREADY_CANCELLED') {
    await recordStep(deps.db, { paymentId: payment.id, step, state: 'FAILED', detail: { type: cancelled.type } })
    return { outcome: 'unknown', why: `PortOne refused to give money back: ${cancelled.type}`, breakerOpen: false }
  }
  await recordStep(deps.db, { paymentId: payment.id, step, state: 'DONE', detail: { amount } })
  return { outcome: 'done' }
}

/** A payment is compensated as long as it has bought nothing, and refunded once it has. */
const givenBackIn = { CANCEL: ['PENDING', 'FAILED'], REFUND: ['SUCCESS', 'REFUNDED'] } as const

/** With the row locked, so that a payment does not become SUCCESS while its money is sent back; `false`: it has. */
const start = (
  db: Kysely<Database>,
  { id: paymentId }: PaymentRow,
  { step, detail }: { step: 'CANCEL' | 'REFUND'; detail: Record<string, unknown> },
): Promise<boolean> =>
  inTransaction(db, async (trx) => {
    const open = await trx
      .selectFrom('payments')
      .select('id')
      .where('id', '=', paymentId)
      .where('status', 'in', givenBackIn[step])
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (open) await recordStep(trx, { paymentId, step, state: 'STARTED', detail })
    return open !== undefined
  })
