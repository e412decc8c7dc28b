import { runExclusively } from '@ticket-queue/redis'
import { type Job, type Log, startJob } from '@ticket-queue/service-kit'
import { type RebuildHoldsDeps, rebuildHolds } from './rebuild-holds.ts'

const everyMs = 5_000
const lockMs = 15_000

/** Every five seconds on one replica: what Redis has lost is back within seconds; the rows protect the seats meanwhile. */
export function rebuildHoldsJob(deps: RebuildHoldsDeps & { log: Log }): Job {
  return startJob({
    name: 'rebuild-holds',
    everyMs,
    log: deps.log,
    run: async () => {
      const turn = await runExclusively(deps.redis, 'reservation:rebuild-holds', lockMs, () => rebuildHolds(deps))
      if (turn.ran && turn.result > 0)
        deps.log.warn({ reservations: turn.result }, 'holds that Redis had lost were set again')
    },
  })
}
