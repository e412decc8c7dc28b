import { type Job, type Log, startJob } from '@ticket-queue/service-kit'
import type { SagaDeps } from '../saga/settle-payment.ts'
import { checkUnsettled } from './check-unsettled.ts'

const everyMs = 500
const batchesMax = 20

/** Looks twice a second; goes on at once while batches come back full. */
export function checkUnsettledJob(deps: SagaDeps & { log: Log }): Job {
  return startJob({
    name: 'check-unsettled',
    everyMs,
    log: deps.log,
    run: async (signal) => {
      for (let batch = 0; batch < batchesMax && !signal.aborted; batch += 1) {
        if ((await checkUnsettled(deps)) === 0) return
      }
    },
  })
}
