import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import { isNothingCaptured } from '../domain/capture-refusals.ts'
import type { Database } from '../store/database.ts'
import { runningMinutesMax } from '../store/open-captures.ts'
import { type PaymentRow, recordStep } from '../store/payments.ts'
import type { SagaDeps } from './saga-deps.ts'

/** `payment` is the row as it is since the capture began. */
export type Captured =
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'done'; readonly payment: PaymentRow }
  /** PortOne's word that this token has moved nothing. */
  | { readonly outcome: 'refused'; readonly payment: PaymentRow; readonly type: string }
  | { readonly outcome: 'unknown'; readonly payment: PaymentRow; readonly why: string; readonly breakerOpen: boolean }
  /** A refusal that does not say whether money has moved, such as ALREADY_PAID. */
  | { readonly outcome: 'doubtful'; readonly payment: PaymentRow; readonly type: string }

/**
 * Manual confirm (수동 승인): the money moves only now, after the seats have been pinned. That it begins is written down before
 * PortOne is asked, so that a lost answer is asked for again by anybody. `ended`: the payment is no longer PENDING.
 */
export async function capturePayment(deps: SagaDeps, pending: PaymentRow, paymentToken: string): Promise<Captured> {
  const payment = await writeToken(deps.db, pending, { paymentToken, state: 'STARTED' })
  if (!payment) return { outcome: 'ended' }
  const step = { paymentId: payment.id, step: 'CAPTURE' }
  const refusals = await countDoubtful(deps.db, payment.id, paymentToken)
  const asked = await deps.portone.confirm(payment.portone_payment_id, {
    paymentToken,
    totalAmount: payment.amount,
    refusals,
  })
  if (asked.outcome === 'unknown') {
    await recordStep(deps.db, { ...step, state: 'UNKNOWN', detail: { paymentToken, why: asked.why } })
    return { ...asked, payment }
  }
  if (asked.outcome === 'done') {
    await recordStep(deps.db, { ...step, state: 'DONE', detail: { paymentToken } })
    return { ...asked, payment }
  }
  const detail = { paymentToken, type: asked.type }
  if (isNothingCaptured(asked.type) || (await isGivenUp(deps.db, payment.id, detail))) {
    await recordStep(deps.db, { ...step, state: 'FAILED', detail })
    return { ...asked, payment }
  }
  await recordStep(deps.db, { ...step, state: 'UNKNOWN', detail })
  return { outcome: 'doubtful', payment, type: asked.type }
}

/**
 * Writes down the token of an approved window before anything else is asked: whoever looks at the payment can capture from
 * now on, also if the buyer never comes back (PAY-011). One that is known, and a payment that is no longer PENDING, stay as they are.
 */
export async function keepToken(db: Kysely<Database>, payment: PaymentRow, paymentToken: string): Promise<void> {
  const { rows } = await sql`
    SELECT FROM saga_steps
    WHERE payment_id = ${payment.id} AND step = 'CAPTURE' AND detail ->> 'paymentToken' = ${paymentToken}
    LIMIT 1`.execute(db)
  if (rows.length === 0) await writeToken(db, payment, { paymentToken, state: 'UNKNOWN' })
}

/** PortOne may say for a while that it does not know a payment or us; a token it has refused for so long captures nothing any more. */
async function isGivenUp(
  db: Kysely<Database>,
  paymentId: string,
  { paymentToken, type }: { paymentToken: string; type: string },
): Promise<boolean> {
  if (type === 'ALREADY_PAID') return false
  const { rows } = await sql`
    SELECT FROM saga_steps
    WHERE payment_id = ${paymentId} AND step = 'CAPTURE' AND state = 'STARTED' AND detail ->> 'paymentToken' = ${paymentToken}
      AND at < now() - make_interval(mins => ${runningMinutesMax})
    LIMIT 1`.execute(db)
  return rows.length > 0
}

/** The new version makes everybody's decision lose that was taken before the token was known, or before it was being captured. */
async function writeToken(
  db: Kysely<Database>,
  payment: PaymentRow,
  { paymentToken, state }: { paymentToken: string; state: 'STARTED' | 'UNKNOWN' },
): Promise<PaymentRow | undefined> {
  return inTransaction(db, async (trx) => {
    const written = await trx
      .updateTable('payments')
      .set({ version: sql<number>`version + 1` })
      .where('id', '=', payment.id)
      .where('status', '=', 'PENDING')
      .returningAll()
      .executeTakeFirst()
    if (written) await recordStep(trx, { paymentId: payment.id, step: 'CAPTURE', state, detail: { paymentToken } })
    return written
  })
}

async function countDoubtful(db: Kysely<Database>, paymentId: string, paymentToken: string): Promise<number> {
  const { rows } = await sql<{ refusals: number }>`
    SELECT count(*)::int AS refusals FROM saga_steps
    WHERE payment_id = ${paymentId} AND step = 'CAPTURE' AND state = 'UNKNOWN'
      AND detail ->> 'paymentToken' = ${paymentToken} AND detail ? 'type'`.execute(db)
  return rows[0]?.refusals ?? 0
}
