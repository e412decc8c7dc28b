import { type Exclusive, type RedisClient, runExclusively } from '@ticket-queue/redis'
import { type Job, type Log, startJob } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { type CompareDayDeps, type Compared, compareDay } from './compare-day.ts'

export type CompareDaysDeps = CompareDayDeps & { readonly redis: RedisClient; readonly log: Log }

const everyMs = 60_000
const lockMs = 30_000
const daysBack = 7
/** A day is compared when it has been over for so long: what happened just before midnight is in PortOne's list by then. */
const settlingMinutes = 30

/** Each minute: the days that are over and not compared yet, the oldest first, in one replica at a time. */
export function compareDaysJob(deps: CompareDaysDeps): Job {
  const run = async (signal: AbortSignal) => {
    for (const day of await dueDays(deps.db)) {
      if (signal.aborted) return
      const led = await compareAsLeader(deps, day, signal)
      if (!led.ran || led.result.outcome !== 'finished') return
    }
  }
  return startJob({ name: 'compare-days', everyMs, log: deps.log, run })
}

/** Compares a day unless another replica is at it. The lock saves double work; that it is done once is the fence's doing. */
export async function compareAsLeader(
  deps: CompareDaysDeps,
  day: string,
  stopping: AbortSignal,
): Promise<Exclusive<Compared>> {
  const led = await runExclusively(deps.redis, 'payment:compare-days', lockMs, (lost) =>
    compareDay(deps, day, AbortSignal.any([lost, stopping])),
  )
  if (!led.ran) return led
  const agrees = led.result.outcome === 'finished' && led.result.differences === 0
  const level = agrees || led.result.outcome === 'done before' ? 'info' : 'warn'
  deps.log[level]({ day, ...led.result }, "a day of PortOne's was compared")
  return led
}

/** Of the last week's days in Korea, by the database's clock, those whose comparison has not finished. */
export async function dueDays(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    SELECT due.day::date::text AS day
    FROM (SELECT (now() - make_interval(mins => ${settlingMinutes})) AT TIME ZONE 'Asia/Seoul' AS local) AS clock,
      generate_series(local::date - ${daysBack}::int, local::date - 1, interval '1 day') AS due(day)
    WHERE NOT EXISTS (SELECT FROM comparisons c WHERE c.day = due.day::date AND c.finished_at IS NOT NULL)
    ORDER BY due.day`.execute(db)
  return rows.map((row) => row.day)
}
