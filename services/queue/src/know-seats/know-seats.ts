import { takeDueSchedules } from '@ticket-queue/lua/queue'
import { type KnowSeatsDeps, lookAtSeats } from './look-at-seats.ts'

const looksAtOnce = 8

/**
 * Looks at the seats of every schedule that is due: those with people every few seconds, others when an event has told something.
 * A schedule whose look fails is logged, and stops no other; it is looked at again next time. Ends early when `signal` aborts.
 */
export async function knowSeats(deps: KnowSeatsDeps, signal: AbortSignal): Promise<void> {
  const due = await takeDueSchedules(deps.redis, deps.everyMs)
  const takeNext = async () => {
    for (let scheduleId = due.shift(); scheduleId !== undefined && !signal.aborted; scheduleId = due.shift()) {
      deps.figures.looks.inc()
      await lookAtSeats(deps, scheduleId).catch((err: unknown) =>
        deps.log.error({ err, scheduleId }, 'a look at the seats failed'),
      )
    }
  }
  await Promise.all(Array.from({ length: looksAtOnce }, takeNext))
}
