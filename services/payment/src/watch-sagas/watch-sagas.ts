import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { openPayments } from '../store/open-payments.ts'

/** What is under way between a buyer's money and its end. */
export interface OpenSagas {
  /** How many payments stand at each step; OPENED when nothing has been asked of anybody yet. */
  readonly steps: readonly { readonly step: string; readonly count: number }[]
  /** How long the oldest of them has been under way. */
  readonly oldestAgeSeconds: number
  /** How often money that is to be given back has been tried in vain, over all of them. */
  readonly compensationRetries: number
  /** Those that do not end by themselves as they should, the oldest first: at most ten. */
  readonly stuckIds: readonly string[]
  readonly stuck: number
}

const namedMax = 10

const steps = sql`
  select open.id, open.check_count, open.is_stuck, coalesce(last.step, 'OPENED') as step,
    case when open.kind = 'FOLLOW_UP' then open.since else coalesce(open.refund_requested_at, open.created_at) end as begun_at
  from (${openPayments}) as open
  left join lateral (select step from saga_steps where payment_id = open.id order by at desc limit 1) as last on true`

/**
 * Gives what is under way now (PAY-011): every payment that is not at its end. What is stuck is also what the list of the
 * unsettled shows (`openPayments`).
 */
export async function readOpenSagas(db: Kysely<Database>): Promise<OpenSagas> {
  const { rows } = await sql<{ step: string; count: number; age: number; retries: number; stuck: number }>`
    with open as (${steps})
    select step, count(*)::int as count, max(extract(epoch from now() - begun_at))::float8 as age,
      sum(check_count)::int as retries, (count(*) filter (where is_stuck))::int as stuck
    from open group by step order by step`.execute(db)
  const stuck = rows.reduce((sum, row) => sum + row.stuck, 0)
  return {
    steps: rows.map(({ step, count }) => ({ step, count })),
    oldestAgeSeconds: Math.max(0, ...rows.map(({ age }) => age)),
    compensationRetries: rows
      .filter(({ step }) => step === 'CANCEL' || step === 'REFUND')
      .reduce((sum, { retries }) => sum + retries, 0),
    stuck,
    stuckIds: stuck === 0 ? [] : await nameStuck(db),
  }
}

async function nameStuck(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with open as (${steps}) select id from open where is_stuck order by begun_at limit ${namedMax}`.execute(db)
  return rows.map(({ id }) => id)
}
