import { type RedisClient, runExclusively } from '@ticket-queue/redis'
import { type Job, type Log, type Metrics, startJob } from '@ticket-queue/service-kit'
import { sql } from 'kysely'
import { Counter, Gauge } from 'prom-client'
import type { BooksDeps } from '../consistency/compare-books.ts'
import { checkConsistency, countKinds } from './check-consistency.ts'

type JobDeps = BooksDeps & { redis: RedisClient; log: Log; metrics: Metrics }

const everyMs = 10 * 60_000
const lockMs = 60_000
/** Far more than are on sale at once. */
const schedulesMax = 500

/**
 * Compares the schedules of whose seats something may still be sold or given back, in one replica at a time, and tells by figures
 * and a log line what will not mend itself. It repairs nothing: that is for a person to say.
 */
export function startCheckConsistency(deps: JobDeps): Job {
  const round = createRound(deps)
  const run = (stopping: AbortSignal) =>
    runExclusively(deps.redis, 'event:check-consistency', lockMs, (lost) => round(AbortSignal.any([stopping, lost])))
  return startJob({ name: 'check-consistency', everyMs, log: deps.log, run })
}

/** Gives one round of the job; the figures are those of the last one. */
export function createRound(deps: JobDeps): (stop: AbortSignal) => Promise<void> {
  const { db, log } = deps
  const registers = [deps.metrics]
  const found = new Gauge({
    name: 'event_seat_differences',
    help: 'Seats that event and reservation have seen differently for longer than news takes, as of the last round.',
    labelNames: ['kind'],
    registers,
  })
  const checked = new Counter({
    name: 'event_consistency_checks_total',
    help: 'Schedules compared by outcome: equal, different, failed.',
    labelNames: ['outcome'],
    registers,
  })
  const check = async (scheduleId: string) => {
    try {
      const report = await checkConsistency(deps, scheduleId)
      const kinds = countKinds((report?.differences ?? []).filter(({ inFlight }) => !inFlight))
      const differs = Object.values(kinds).some((count) => count > 0)
      checked.inc({ outcome: differs ? 'different' : 'equal' })
      if (differs) log.warn({ scheduleId, ...kinds }, 'seats differ from the reservations: compare and repair')
      return kinds
    } catch (error) {
      checked.inc({ outcome: 'failed' })
      log.warn({ err: error, scheduleId }, 'seats could not be compared with the reservations')
      return countKinds([])
    }
  }
  return async (stop) => {
    const sums = countKinds([])
    for (const scheduleId of await schedulesToCheck(db)) {
      if (stop.aborted) return
      const kinds = await check(scheduleId)
      sums.missing += kinds.missing
      sums.extra += kinds.extra
      sums.otherOwner += kinds.otherOwner
      sums.unknownSeat += kinds.unknownSeat
    }
    for (const [kind, count] of Object.entries(sums)) found.set({ kind }, count)
  }
}

/** Those whose sale has begun and whose show is not over for more than a day, the next show first. */
async function schedulesToCheck(db: BooksDeps['db']): Promise<string[]> {
  const rows = await db
    .selectFrom('event_schedules')
    .select('id')
    .where('sale_start_at', '<=', sql<Date>`now()`)
    .where('event_end_at', '>', sql<Date>`now() - interval '1 day'`)
    .orderBy('event_end_at')
    .limit(schedulesMax)
    .execute()
  return rows.map((row) => row.id)
}
