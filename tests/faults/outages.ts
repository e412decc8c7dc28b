import { setTimeout as pause } from 'node:timers/promises'
import type { Stack } from '@ticket-queue/stack'
import { sql } from 'kysely'
import type { Books } from '../invariants/books.ts'
import type { CheckedRule } from '../invariants/check-books.ts'
import { applied } from '../invariants/event-rules.ts'
import { untilSettled } from '../invariants/until-settled.ts'
import { createMeasures, type Measures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import type { OpenSystem } from '../system/open-system.ts'
import { followEvents } from './follow-events.ts'
import { type Acknowledged, makeAccounts, nothingAcknowledgedIsMissing, shop, writingDown } from './shoppers.ts'

/** Which store goes away, for how long, and who buys meanwhile. */
export interface Outage {
  readonly store: 'kafka' | 'postgres'
  readonly awayMs: number
  /** One buyer comes each so many milliseconds. */
  readonly everyMs: number
  /** For how long they have come when the store crashes, and go on coming after `awayMs`. */
  readonly aroundMs: number
}

/** What came of an outage. */
export interface OutageReport {
  readonly buyers: number
  readonly measures: Measures
  /** What was answered while the store was away, and what had to be asked again, by step and code. */
  readonly meanwhile: { readonly acknowledged: number; readonly askedAgain: Readonly<Record<string, number>> }
  /** Events that waited when the store was back, and how long until each had been published and applied by every group. */
  readonly backlog: number
  readonly drainedMs: number | null
  readonly rules: readonly CheckedRule[]
}

const drainMaxMs = 120_000
const settleMaxMs = 120_000
const ticketMaxMs = 15 * 60_000
const lookEveryMs = 250

/** Makes a store crash while people buy, brings it back and checks every book when all is settled. */
export async function outage(
  own: OpenSystem,
  stack: Pick<Stack, 'crash' | 'restart'>,
  plan: Outage,
  say: (line: string) => void = () => {},
): Promise<OutageReport> {
  const measures = createMeasures()
  const acknowledged: Acknowledged[] = []
  const road = await prepareRoad(own, measures)
  const deps = { ...road, ticketMaxMs, call: writingDown(road.call, acknowledged) }
  const events = await followEvents(own.system)
  try {
    const accounts = await makeAccounts(deps, Math.ceil((2 * plan.aroundMs + plan.awayMs) / plan.everyMs))
    say(`${accounts.length} buyers come, one each ${plan.everyMs} ms`)
    const closing = new AbortController()
    const shopping = shop(deps, accounts, { everyMs: plan.everyMs, signal: closing.signal })
    await pause(plan.aroundMs)
    const before = { acknowledged: acknowledged.length, askedAgain: new Map(measures.repeats) }
    await stack.crash(plan.store)
    say(`${plan.store} has crashed`)
    await pause(plan.awayMs)
    const meanwhile = {
      acknowledged: acknowledged.length - before.acknowledged,
      askedAgain: moreThan(before.askedAgain, measures.repeats),
    }
    await stack.restart(plan.store)
    const drained = await drain(own.books, say)
    say(`everybody is waited for`)
    await shopping
    const rules = await untilSettled(own.books, settleMaxMs, [nothingAcknowledgedIsMissing(acknowledged), events.rule])
    return { buyers: accounts.length, measures, meanwhile, ...drained, rules }
  } finally {
    await events.close()
  }
}

/** Waits until every event written before now has been published and applied by each group that wants it. */
async function drain(books: Books, say: (line: string) => void): Promise<Pick<OutageReport, 'backlog' | 'drainedMs'>> {
  const begunAt = performance.now()
  const { rows } = await sql<{ now: string }>`SELECT now()::text AS now`.execute(books.database.db)
  const until = String(rows[0]?.now)
  const backlog = await countWaiting(books, until)
  say(`it is back, and ${backlog} events wait`)
  for (;;) {
    const waiting = await countWaiting(books, until)
    const elapsedMs = Math.round(performance.now() - begunAt)
    if (waiting === 0) return { backlog, drainedMs: elapsedMs }
    if (elapsedMs > drainMaxMs) return { backlog, drainedMs: null }
    await pause(lookEveryMs)
  }
}

async function countWaiting({ database }: Books, until: string): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    SELECT count(*)::int AS waiting FROM common.outbox_events written
    WHERE created_at <= ${until}::timestamptz AND (NOT published OR EXISTS (
      SELECT FROM ${sql.raw(applied)} WHERE wanted.event_type = written.event_type AND NOT EXISTS (
        SELECT FROM common.processed_events done
        WHERE done.event_id = written.id AND done.consumer_group = wanted.consumer_group
      )
    ))`.execute(database.db)
  return rows[0]?.waiting ?? 0
}

const moreThan = (before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries(
    [...now].flatMap(([what, count]) => {
      const more = count - (before.get(what) ?? 0)
      return more > 0 ? [[what, more]] : []
    }),
  )
