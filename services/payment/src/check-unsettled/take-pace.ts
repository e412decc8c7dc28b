import { sql, type Transaction } from 'kysely'
import type { Database } from '../store/database.ts'

const usedUntil = sql`greatest(used_until, clock_timestamp() - interval '1 second')`

/**
 * How many of the `wanted` refunds may start now: what nobody has used of the last second. It is counted in one row by the
 * database's clock, so that all replicas together keep the pace, also after any of them has died.
 */
export async function takePace(
  trx: Transaction<Database>,
  { wanted, perSecond }: { wanted: number; perSecond: number },
): Promise<number> {
  if (wanted === 0) return 0
  await sql`INSERT INTO refund_pace (used_until) VALUES (now() - interval '1 second') ON CONFLICT DO NOTHING`.execute(
    trx,
  )
  const { rows } = await sql<{ unused: number }>`
    SELECT floor(extract(epoch FROM clock_timestamp() - ${usedUntil}) * ${perSecond}::int)::int AS unused
    FROM refund_pace FOR UPDATE`.execute(trx)
  const taken = Math.min(wanted, Math.max(0, rows[0]?.unused ?? 0))
  if (taken === 0) return 0
  await sql`UPDATE refund_pace SET used_until = ${usedUntil} + make_interval(secs => ${taken}::float8 / ${perSecond})`.execute(
    trx,
  )
  return taken
}
