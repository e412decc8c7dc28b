import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'

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

/** Looks in vain after which a person must know: with their pauses about eight and a half minutes. */
const looksInVain = 8
/** What a payment may take beyond the end of its hold, in which the buyer may still pay. */
const graceMinutes = 10
const namedMax = 10

const steps = sql`
  select payments.id, payments.created_at, check_count, coalesce(last.step, 'OPENED') as step,
    coalesce(refund_requested_at, payments.created_at) as begun_at,
    check_count >= ${looksInVain}
      or (status = 'PENDING' and hold_expires_at < now() - make_interval(mins => ${graceMinutes})) as is_stuck
  from payments
  left join lateral (select step from saga_steps where payment_id = payments.id order by at desc limit 1) as last on true
  where status = 'PENDING' or (status = 'SUCCESS' and refund_due_amount is not null)
    or (status = 'FAILED' and next_check_at is not null and check_count > 0)`

/**
 * Gives what is under way now (PAY-011): payments whose outcome is open, and those whose money is to go back, also of failed ones
 * of which PortOne does not tell whether money has come, or does not take it back.
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
