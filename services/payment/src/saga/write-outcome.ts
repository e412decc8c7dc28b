import { inTransaction } from '@ticket-queue/database'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { type Kysely, sql } from 'kysely'
import type { PortonePayment } from '../domain/portone-payment.ts'
import type { Database } from '../store/database.ts'
import { type PaymentRow, recordStep } from '../store/payments.ts'

interface WriteDeps {
  readonly db: Kysely<Database>
  readonly wakeRelay: () => void
}

interface Outcome {
  readonly facts: PortonePayment | null
  readonly requestId: string
}

const factsOf = (payment: PaymentRow) => ({
  paymentId: payment.id,
  reservationId: payment.reservation_id,
  userId: payment.user_id,
  scheduleId: payment.schedule_id,
  amount: payment.amount,
})

/** PENDING → SUCCESS and `PaymentSuccess` in one transaction (PAY-003, PAY-013); who comes second changes nothing. */
export async function markSuccess(deps: WriteDeps, payment: PaymentRow, outcome: Outcome): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const won = await trx
      .updateTable('payments')
      .set({
        status: 'SUCCESS',
        paid_at: sql<Date>`now()`,
        portone_transaction_id: outcome.facts?.transactionId ?? null,
        portone_response: outcome.facts === null ? null : JSON.stringify(outcome.facts),
        next_check_at: null,
        last_check_error: null,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', payment.id)
      .where('status', '=', 'PENDING')
      .returning('paid_at')
      .executeTakeFirst()
    if (!won) return
    await recordStep(trx, { paymentId: payment.id, step: 'SUCCESS', state: 'DONE' })
    await addToOutbox(
      trx,
      newEvent('PaymentSuccess', {
        aggregateId: payment.id,
        correlationId: outcome.requestId,
        userId: payment.user_id,
        payload: {
          ...factsOf(payment),
          seatIds: payment.seat_ids,
          paidAt: (won.paid_at as Date).toISOString(),
        },
      }),
    )
  })
  deps.wakeRelay()
}

/** PENDING → FAILED and `PaymentFailed` in one transaction (PAY-012); late money is looked for a while longer. */
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
        portone_response: outcome.facts === null ? null : JSON.stringify(outcome.facts),
        next_check_at: sql<Date>`now() + interval '1 minute'`,
        check_count: 0,
        last_check_error: null,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', payment.id)
      .where('status', '=', 'PENDING')
      .returning('id')
      .executeTakeFirst()
    if (!won) return
    await recordStep(trx, { paymentId: payment.id, step: 'FAILED', state: 'DONE', detail: { reason: outcome.reason } })
    await addToOutbox(
      trx,
      newEvent('PaymentFailed', {
        aggregateId: payment.id,
        correlationId: outcome.requestId,
        userId: payment.user_id,
        payload: { ...factsOf(payment), reason: outcome.reason },
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
        next_check_at: null,
        last_check_error: null,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', payment.id)
      .where('status', '=', 'SUCCESS')
      .returning('refunded_at')
      .executeTakeFirst()
    if (!won) return
    await recordStep(trx, { paymentId: payment.id, step: 'REFUND', state: 'DONE', detail: { amount: outcome.amount } })
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

const lateMoneyChecksMax = 6

/**
 * Plans the next look at a payment: after 2 s, doubling up to 5 minutes. With `lateMoneyWatch` a FAILED payment is looked
 * at six times (about half an hour), because a buyer's payment window may outlive the hold.
 */
export async function planCheck(
  db: Kysely<Database>,
  paymentId: string,
  plan: { error?: string; lateMoneyWatch?: boolean },
): Promise<void> {
  const pause = plan.lateMoneyWatch
    ? sql<Date | null>`CASE WHEN check_count >= ${lateMoneyChecksMax} THEN NULL ELSE now() + interval '1 minute' * power(2, check_count) / 2 END`
    : sql<Date | null>`now() + make_interval(secs => least(300, power(2, least(check_count, 8) + 1)))`
  await db
    .updateTable('payments')
    .set({
      next_check_at: pause,
      check_count: sql<number>`check_count + 1`,
      last_check_error: plan.error ?? null,
    })
    .where('id', '=', paymentId)
    .where('status', 'in', ['PENDING', 'FAILED', 'SUCCESS'])
    .execute()
}
