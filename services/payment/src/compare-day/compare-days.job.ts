import { type Exclusive, type RedisClient, runExclusively } from '@ticket-queue/redis'
import { type Job, type Log, type Metrics, startJob } from '@ticket-queue/service-kit'
import { type CompareDayDeps, type Compared, compareDay } from './compare-day.ts'
import { dueDays } from './due-days.ts'
import { createWatch } from './watch-days.ts'

export type CompareDaysDeps = CompareDayDeps & { readonly redis: RedisClient; readonly log: Log }

const everyMs = 60_000
const lockMs = 30_000
/** Of one run; what is left comes with the next one. */
const daysMax = 7

/** Each minute: days that are over and not compared yet, in one replica at a time; and how far behind it is, in each. */
export function compareDaysJob(deps: CompareDaysDeps & { readonly metrics: Metrics }): Job {
  const watch = createWatch(deps)
  const run = async (signal: AbortSignal) => {
    await compareDue(deps, signal)
    await watch()
  }
  return startJob({ name: 'compare-days', everyMs, log: deps.log, run })
}

/** Compares due days, at most seven. One that PortOne does not tell of, or that fails, waits for a later run and stops none. */
export async function compareDue(deps: CompareDaysDeps, signal: AbortSignal): Promise<void> {
  for (const day of await dueDays(deps.db, { limit: daysMax })) {
    if (signal.aborted) return
    try {
      const led = await compareAsLeader(deps, day, signal)
      if (!led.ran) return
    } catch (err) {
      deps.log.error({ err, day }, "comparing a day of PortOne's failed")
    }
  }
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
