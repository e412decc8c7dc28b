import { inTransaction } from '@ticket-queue/database'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { type Kysely, sql } from 'kysely'
import type { PortonePayment } from '../domain/portone-payment.ts'
import { storableJson } from '../domain/storable-text.ts'
import type { Database } from '../store/database.ts'
import { type PaymentRow, recordStep } from '../store/payments.ts'
import { factsOf } from './payment-facts.ts'

interface WriteDeps {
  readonly db: Kysely<Database>
  readonly wakeRelay: () => void
}

interface Outcome {
  readonly facts: PortonePayment | null
  readonly requestId: string
}

/** No further look, unless news that money has gone back came since the payment was read: that must not be swallowed. */
const nextCheckUnlessNews = (payment: PaymentRow) =>
  sql<Date | null>`CASE WHEN news_version > ${payment.version} THEN now() END`

/**
 * PENDING → FAILED and `PaymentFailed` in one transaction (PAY-012); late money is looked for a while longer. Only if the
 * payment is as it was read (`version`): who has meanwhile begun to capture, or heard of money, decides anew.
 */
export async function markFailed(
  deps: WriteDeps,
  payment: PaymentRow,
  outcome: Outcome & { reason: string },
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const won = await trx
      .updateTable('payments')
      .set({
        status: 'FAILED',
        failed_at: sql<Date>`now()`,
        failure_reason: outcome.reason,
        portone_transaction_id: outcome.facts?.transactionId ?? null,
        portone_response: outcome.facts === null ? null : storableJson(outcome.facts),
        next_check_at: sql<Date>`now() + interval '1 minute'`,
        check_count: 0,
        last_check_error: null,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', payment.id)
      .where('status', '=', 'PENDING')
      .where('version', '=', payment.version)
      .returning('version')
      .executeTakeFirst()
    if (!won) return
    await recordStep(trx, {
      paymentId: payment.id,
      step: 'FAILED',
      state: 'DONE',
      detail: { reason: outcome.reason, paymentVersion: won.version },
    })
    await addToOutbox(
      trx,
      newEvent('PaymentFailed', {
        aggregateId: payment.id,
        correlationId: outcome.requestId,
        userId: payment.user_id,
        payload: {
          ...factsOf(payment),
          reason: outcome.reason,
          openedAt: payment.created_at.toISOString(),
          paymentVersion: won.version,
        },
      }),
    )
  })
  deps.wakeRelay()
}

/** SUCCESS → REFUNDED and `PaymentRefunded` in one transaction; `amount` is what PortOne has given back, in won. */
export async function markRefunded(
  deps: WriteDeps,
  payment: PaymentRow,
  outcome: { amount: number; requestId: string },
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const won = await trx
      .updateTable('payments')
      .set({
        status: 'REFUNDED',
        refund_amount: outcome.amount,
        refunded_at: sql<Date>`now()`,
        next_check_at: nextCheckUnlessNews(payment),
        check_count: 0,
        last_check_error: null,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', payment.id)
      .where('status', '=', 'SUCCESS')
      .returning('refunded_at')
      .executeTakeFirst()
    if (!won) return
    await recordStep(trx, {
      paymentId: payment.id,
      step: 'REFUNDED',
      state: 'DONE',
      detail: { amount: outcome.amount },
    })
    await addToOutbox(
      trx,
      newEvent('PaymentRefunded', {
        aggregateId: payment.id,
        correlationId: outcome.requestId,
        userId: payment.user_id,
        payload: {
          ...factsOf(payment),
          refundAmount: outcome.amount,
          refundedAt: (won.refunded_at as Date).toISOString(),
        },
      }),
    )
  })
  deps.wakeRelay()
}
