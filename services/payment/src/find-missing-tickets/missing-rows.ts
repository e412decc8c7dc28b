import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../store/database.ts'

/** Money that is kept without a ticket, and what the last look has shown. */
export interface Missing {
  readonly paymentId: string
  readonly lastOutcome: string
}

interface Open {
  readonly paymentId: string
  readonly reservationId: string
  /** The payment is SUCCESS and no refund is due. */
  readonly isKept: boolean
}

/** What is on its way between the two services has come until a finding is looked at again. */
const pauseSeconds = 30

/** Up to `limit` findings that have not been looked at for half a minute, the one looked at longest ago first. */
export async function readMissing(db: Kysely<Database>, limit: number): Promise<readonly Open[]> {
  const { rows } = await sql<Open>`
    SELECT p.id AS "paymentId", p.reservation_id AS "reservationId",
      p.status = 'SUCCESS' AND p.refund_due_amount IS NULL AS "isKept"
    FROM missing_tickets m JOIN payments p ON p.id = m.payment_id
    WHERE m.looked_at <= now() - make_interval(secs => ${pauseSeconds})
    ORDER BY m.looked_at, m.payment_id LIMIT ${limit}`.execute(db)
  return rows
}

/** Writes down findings of a first look. */
export async function writeMissing(trx: Transaction<Database>, missing: readonly Missing[]): Promise<void> {
  if (missing.length === 0) return
  await trx
    .insertInto('missing_tickets')
    .values(missing.map(({ paymentId, lastOutcome }) => ({ payment_id: paymentId, last_outcome: lastOutcome })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Counts a further look at each, and gives the payments of which it was the second: each of them once, whichever replica looks. */
export async function confirmMissing(db: Kysely<Database>, missing: readonly Missing[]): Promise<readonly string[]> {
  if (missing.length === 0) return []
  const { rows } = await sql<{ paymentId: string; looks: number }>`
    UPDATE missing_tickets SET looks = looks + 1, looked_at = now(), last_outcome = seen."lastOutcome"
    FROM jsonb_to_recordset(${JSON.stringify(missing)}::jsonb) AS seen ("paymentId" uuid, "lastOutcome" text)
    WHERE missing_tickets.payment_id = seen."paymentId"
    RETURNING payment_id AS "paymentId", looks`.execute(db)
  return rows.flatMap(({ paymentId, looks }) => (looks === 2 ? [paymentId] : []))
}

/** Drops findings that are none any more, and gives the payments of those that more than one look had shown. */
export async function settleMissing(db: Kysely<Database>, paymentIds: readonly string[]): Promise<readonly string[]> {
  if (paymentIds.length === 0) return []
  const rows = await db
    .deleteFrom('missing_tickets')
    .where('payment_id', 'in', paymentIds)
    .returning(['payment_id', 'looks'])
    .execute()
  return rows.flatMap(({ payment_id, looks }) => (looks > 1 ? [payment_id] : []))
}
