import { type Job, startJob } from '@ticket-queue/service-kit'
import { type ExpireHoldsDeps, expireHolds } from './expire-holds.ts'

const everyMs = 1_000
const batchesMax = 50

/** Sweeps every second; goes on at once while batches come back with work, at most 50 times. */
export function expireHoldsJob(deps: ExpireHoldsDeps): Job {
  return startJob({
    name: 'expire-holds',
    everyMs,
    log: deps.log,
    run: async (signal) => {
      for (let batch = 0; batch < batchesMax && !signal.aborted; batch += 1) {
        if ((await expireHolds(deps)) === 0) return
      }
    },
  })
}
