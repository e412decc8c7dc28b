import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'

type Handle = Kysely<Database> | Transaction<Database>

export type PaymentRow = Selectable<Database['payments']>

/** One payment by ID, whoever owns it. */
export async function findPayment(db: Handle, paymentId: string): Promise<PaymentRow | null> {
  return (await db.selectFrom('payments').selectAll().where('id', '=', paymentId).executeTakeFirst()) ?? null
}

/** Payments by the keys their buyers chose, in that order; null for each that is unknown. */
export async function findByKeys(db: Handle, paymentKeys: readonly string[]): Promise<readonly (PaymentRow | null)[]> {
  const rows = await db
    .selectFrom('payments')
    .selectAll()
    .where(sql<boolean>`payment_key = ANY (${[...paymentKeys]}::text[])`)
    .execute()
  const byKey = new Map(rows.map((row) => [row.payment_key, row]))
  return paymentKeys.map((key) => byKey.get(key) ?? null)
}

/** At which store and channel a payment was opened: what its money must come through, whatever is configured since. */
export const openedAt = (payment: PaymentRow, now: { storeId: string; channelKey: string }) => ({
  // Rows of the version before the columns do not tell.
  storeId: payment.store_id ?? now.storeId,
  channelKey: payment.channel_key ?? now.channelKey,
})

/** These payments are due for a look now; the new version makes every decision lose that was taken on old news. */
export async function lookNow(db: Handle, paymentIds: readonly string[]): Promise<void> {
  if (paymentIds.length === 0) return
  await db
    .updateTable('payments')
    .set({
      next_check_at: sql<Date>`now()`,
      check_count: 0,
      version: sql<number>`version + 1`,
      news_version: sql<number>`version + 1`,
    })
    .where('id', 'in', paymentIds)
    .execute()
}

/** What is about to happen or has happened at an outside party. */
export interface SagaStep {
  readonly paymentId: string
  readonly step: string
  readonly state: 'STARTED' | 'DONE' | 'FAILED' | 'UNKNOWN'
  readonly detail?: Record<string, unknown>
}

/** Writes down what is about to happen or has happened at an outside party (PAY-011). */
export const recordStep = (db: Handle, step: SagaStep): Promise<void> => recordSteps(db, [step])

/** Writes down steps of several payments in one statement, all or none. */
export async function recordSteps(db: Handle, steps: readonly SagaStep[]): Promise<void> {
  await sql`
    INSERT INTO saga_steps (payment_id, step, state, detail, attempt)
    SELECT one."paymentId", one.step, one.state, coalesce(one.detail, '{}'), (
      SELECT greatest(1, count(*) FILTER (WHERE earlier.state = 'STARTED') + (one.state = 'STARTED')::int)
      FROM saga_steps AS earlier WHERE earlier.payment_id = one."paymentId" AND earlier.step = one.step
    )
    FROM jsonb_to_recordset(${JSON.stringify(steps)}::jsonb)
      AS one ("paymentId" uuid, step text, state text, detail jsonb)`.execute(db)
}

/** Whether a step of the saga has once been done. */
export const stepDone = (db: Handle, paymentId: string, step: string): Promise<boolean> =>
  hasStep(db, paymentId, { step, state: 'DONE' })

/** Whether a step of the saga was once in a state. */
export async function hasStep(
  db: Handle,
  paymentId: string,
  { step, state }: { step: string; state: 'STARTED' | 'DONE' },
): Promise<boolean> {
  const found = await db
    .selectFrom('saga_steps')
    .select('id')
    .where('payment_id', '=', paymentId)
    .where('step', '=', step)
    .where('state', '=', state)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** How often an outside party has refused a step of the saga in so many words. */
export async function countRefusals(db: Handle, paymentId: string, step: string): Promise<number> {
  const { refusals } = await db
    .selectFrom('saga_steps')
    .select((count) => count.fn.countAll<number>().as('refusals'))
    .where('payment_id', '=', paymentId)
    .where('step', '=', step)
    .where('state', '=', 'FAILED')
    .executeTakeFirstOrThrow()
  return refusals
}
