import { sql } from 'kysely'
import { untilSettled } from '../../../invariants/until-settled.ts'
import type { Finding, Findings } from '../findings.ts'
import { atMost } from '../judge.ts'
import { warmUpSecondsOf } from '../machine/measure-machine.ts'
import { buyTickets, type PurchaseDeps } from './purchase-deps.ts'

/** What this part finds. */
export const eventDelaysMeasures = {
  p50: { id: 'P9', what: 'an event of a purchase, written to applied at every consumer, p50', target: '< 60 ms' },
  p99: { id: 'P9', what: 'the same, p99', target: '< 250 ms' },
} as const

const ratePerSecondMax = 100
/** Of what the system sells at most, as 100/s are of the 250/s that P8 is meant to reach: beyond it people wait for processors, and the figures would tell of nothing else. */
const shareMax = 0.4
const peoplePerHall = 4_000
const settleTimeoutMs = 60_000
/** A road takes a few seconds, so this is far more than there ever are, unless the system is overrun. */
const peopleAtOnceMax = 2_000

interface Delays {
  readonly type: string
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** P9: people buy at 100/s, or at 40 % of what the system sells at most (`boughtPerSecond`) if that is less; the times are those that the rows of outboxes and inboxes bear, by the database's clock. */
export async function eventDelays(deps: PurchaseDeps, boughtPerSecond: number): Promise<Findings> {
  const { options, say } = deps
  const ratePerSecond = Math.min(ratePerSecondMax, Math.max(1, Math.floor(shareMax * boughtPerSecond)))
  const warmUpSeconds = warmUpSecondsOf(options.seconds)
  const people = ratePerSecond * (options.seconds + warmUpSeconds)
  const startedAt = await databaseTime(deps)
  say(`P9: ${ratePerSecond} people a second buy tickets, open loop`)
  const { load } = await buyTickets(deps, {
    name: 'P9 purchase',
    halls: Math.max(1, Math.ceil(people / peoplePerHall)),
    people,
    warmUpSeconds,
    loop: { kind: 'open', ratePerSecond, peopleAtOnceMax },
  })
  await untilSettled(deps.books, settleTimeoutMs)
  const delays = await readDelays(deps, startedAt)
  const all = delays.find(({ type }) => type === 'all')
  const shown = delays.map(
    ({ type, count, p50, p95, p99 }) =>
      `${type} ${count.toLocaleString('en')} × ${p50.toFixed(0)}/${p95.toFixed(0)}/${p99.toFixed(0)}`,
  )
  return {
    findings: [
      below(eventDelaysMeasures.p50, all?.p50 ?? Number.NaN, 60),
      below(eventDelaysMeasures.p99, all?.p99 ?? Number.NaN, 250),
    ],
    loads: [load],
    notes: [
      `P9: ${load.grantedPerSecond.toFixed(1)} purchases/s of ${ratePerSecond}/s intended; the target is meant for ${ratePerSecondMax}/s`,
      `P9: events × p50/p95/p99 in ms, from the begin of the transaction that writes an event to the begin of the last one that applies it: ${shown.join(', ')}`,
    ],
  }
}

const below = (measured: Parameters<typeof atMost>[0], ms: number, limitMs: number): Finding =>
  atMost(measured, ms, limitMs, 'ms')

async function databaseTime({ books }: PurchaseDeps): Promise<string> {
  const { rows } = await sql<{ now: string }>`SELECT clock_timestamp()::text AS now`.execute(books.database.db)
  return rows[0]?.now ?? ''
}

/** By event type and for all together; an event counts when its last consumer has applied it. */
async function readDelays({ books }: PurchaseDeps, startedAt: string): Promise<readonly Delays[]> {
  const { rows } = await sql<Delays>`
    WITH applied AS (
      SELECT o.event_type, extract(epoch FROM max(p.processed_at) - o.created_at) * 1000 AS ms
      FROM common.outbox_events o JOIN common.processed_events p ON p.event_id = o.id
      WHERE o.service IN ('reservation_svc_user', 'payment_svc_user') AND o.created_at >= ${startedAt}::timestamptz
      GROUP BY o.id
    )
    SELECT coalesce(event_type, 'all') AS type, count(*)::int AS count,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::float8 AS p50,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY ms)::float8 AS p95,
      percentile_cont(0.99) WITHIN GROUP (ORDER BY ms)::float8 AS p99
    FROM applied GROUP BY ROLLUP (event_type) ORDER BY event_type NULLS FIRST`.execute(books.database.db)
  return rows
}
