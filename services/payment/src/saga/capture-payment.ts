import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { type PaymentRow, recordStep } from '../store/payments.ts'
import type { SagaDeps } from './saga-deps.ts'

/** `payment` is the row as it is since the capture began. */
export type Captured =
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'done'; readonly payment: PaymentRow }
  | { readonly outcome: 'refused'; readonly payment: PaymentRow; readonly type: string }
  | { readonly outcome: 'unknown'; readonly payment: PaymentRow; readonly why: string; readonly breakerOpen: boolean }

/**
 * Manual confirm (수동 승인): the money moves only now, after the seats have been pinned. The token is written down before
 * PortOne is asked, so that a lost answer is asked for again by anybody; the new version makes everybody else's decision
 * on the row as it was before lose. `ended`: the payment is no longer PENDING.
 */
export async function capturePayment(deps: SagaDeps, pending: PaymentRow, paymentToken: string): Promise<Captured> {
  const payment = await startCapture(deps.db, pending, paymentToken)
  if (!payment) return { outcome: 'ended' }
  const asked = await deps.portone.confirm(payment.portone_payment_id, { paymentToken, totalAmount: payment.amount })
  if (asked.outcome === 'unknown') return { ...asked, payment }
  const state = asked.outcome === 'done' ? 'DONE' : 'FAILED'
  const detail = asked.outcome === 'refused' ? { type: asked.type } : {}
  await recordStep(deps.db, { paymentId: payment.id, step: 'CAPTURE', state, detail })
  return { ...asked, payment }
}

/** The token of a capture that has begun and that PortOne has not refused, or null: its money moves or has moved. */
export async function openCapture(db: Kysely<Database>, paymentId: string): Promise<string | null> {
  const steps = await db
    .selectFrom('saga_steps')
    .select(['state', sql<string | null>`detail ->> 'paymentToken'`.as('paymentToken')])
    .where('payment_id', '=', paymentId)
    .where('step', '=', 'CAPTURE')
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(50)
    .execute()
  if (steps[0]?.state === 'FAILED') return null
  return steps.find((step) => step.state === 'STARTED')?.paymentToken ?? null
}

async function startCapture(
  db: Kysely<Database>,
  payment: PaymentRow,
  paymentToken: string,
): Promise<PaymentRow | undefined> {
  return inTransaction(db, async (trx) => {
    const started = await trx
      .updateTable('payments')
      .set({ version: sql<number>`version + 1` })
      .where('id', '=', payment.id)
      .where('status', '=', 'PENDING')
      .returningAll()
      .executeTakeFirst()
    if (started) {
      await recordStep(trx, { paymentId: payment.id, step: 'CAPTURE', state: 'STARTED', detail: { paymentToken } })
    }
    return started
  })
}
