import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import { type Difference, differenceOf } from '../domain/compare-payment.ts'
import type { Portone } from '../portone/portone.ts'
import type { Database } from '../store/database.ts'
import { findPayment, lookNow } from '../store/payments.ts'

export interface SettleFindingsDeps {
  readonly db: Kysely<Database>
  readonly portone: Portone
}

interface Claimed {
  readonly id: string
  readonly portone_payment_id: string
  readonly payment_id: string | null
  readonly kind: Difference
  readonly looks: number
}

const findingsMax = 50

/**
 * Looks again at open findings whose time has come: both books are read, and what agrees is settled. After 10 s, then 1, 2, 4, …
 * minutes, at most an hour, without end. A claim is the fence: whoever claimed it before can write no more. Gives how many it looked at.
 */
export async function settleFindings(deps: SettleFindingsDeps): Promise<number> {
  const claimed = await claimFindings(deps.db)
  for (const finding of claimed) await lookAgain(deps, finding)
  return claimed.length
}

async function claimFindings(db: Kysely<Database>): Promise<Claimed[]> {
  const due = db
    .selectFrom('comparison_findings')
    .select('id')
    .where('settled_at', 'is', null)
    .where('next_look_at', '<=', sql<Date>`now()`)
    .orderBy('next_look_at')
    .limit(findingsMax)
    .forUpdate()
    .skipLocked()
  return db
    .updateTable('comparison_findings')
    .set({
      looks: sql<number>`looks + 1`,
      next_look_at: sql<Date>`now() + make_interval(mins => least(60, power(2, least(looks, 6))::int))`,
    })
    .where('id', 'in', due)
    .returning(['id', 'portone_payment_id', 'payment_id', 'kind', 'looks'])
    .execute()
}

async function lookAgain(deps: SettleFindingsDeps, finding: Claimed): Promise<void> {
  const read = await deps.portone.read(finding.portone_payment_id)
  if (read.outcome === 'unknown') return write(deps.db, finding, { last_error: read.why })
  const ours = finding.payment_id === null ? null : await findPayment(deps.db, finding.payment_id)
  const kind = differenceOf(read.outcome === 'found' ? read.payment : null, ours)
  return write(deps.db, finding, kind ? { kind, last_error: null } : { settled_at: sql<Date>`now()`, last_error: null })
}

/** A payment of which something else differs now than was found is looked at anew: that may be what PortOne's word settles. */
async function write(
  db: Kysely<Database>,
  finding: Claimed,
  looked: { kind?: Difference; settled_at?: ReturnType<typeof sql<Date>>; last_error: string | null },
): Promise<void> {
  await inTransaction(db, async (trx) => {
    const written = await trx
      .updateTable('comparison_findings')
      .set(looked)
      .where('id', '=', finding.id)
      .where('looks', '=', finding.looks)
      .where('settled_at', 'is', null)
      .returning('payment_id')
      .executeTakeFirst()
    const isRenamed = looked.kind !== undefined && looked.kind !== finding.kind
    if (isRenamed && written?.payment_id) await lookNow(trx, [written.payment_id])
  })
}
