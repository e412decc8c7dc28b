import { runExclusively } from '@ticket-queue/redis'
import { type Job, startJob } from '@ticket-queue/service-kit'
import { type RebuildHoldsDeps, rebuildHolds } from './rebuild-holds.ts'

const everyMs = 5_000
const lockMs = 15_000
const usualSeconds = 60

/**
 * Every five seconds on one replica: what Redis has lost is back within seconds; the rows protect the seats meanwhile.
 * At first and after a failure it looks as far back as a lock in Redis can live, because no release may stay missed.
 */
export function rebuildHoldsJob(deps: RebuildHoldsDeps): Job {
  let endedWithinSeconds = deps.paymentHoldSeconds
  const run = async (stopping: AbortSignal) => {
    const lookBackSeconds = endedWithinSeconds
    endedWithinSeconds = deps.paymentHoldSeconds
    const turn = await runExclusively(deps.redis, 'reservation:rebuild-holds', lockMs, (lost) =>
      rebuildHolds(deps, { endedWithinSeconds: lookBackSeconds, signal: AbortSignal.any([stopping, lost]) }),
    )
    endedWithinSeconds = usualSeconds
    if (turn.ran && turn.result > 0)
      deps.log.warn({ reservations: turn.result }, 'holds that Redis had lost were set again')
  }
  return startJob({ name: 'rebuild-holds', everyMs, log: deps.log, run })
}
