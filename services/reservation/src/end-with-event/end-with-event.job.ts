import { type Job, startJob } from '@ticket-queue/service-kit'
import { type EndWithEventDeps, endWithEvent, finishCancellations, openCancellations } from './end-with-event.ts'

const everyMs = 1_000
const batchesMax = 50

/** Each second on every replica: they share the rows. Goes on while there is work, at most 50 batches of a schedule at a time. */
export function endWithEventJob(deps: EndWithEventDeps): Job {
  const run = async (signal: AbortSignal) => {
    for (const schedule of await openCancellations(deps.db)) {
      for (let batch = 0; batch < batchesMax && !signal.aborted; batch += 1) {
        if ((await endWithEvent(deps, schedule)) === 0) break
      }
    }
    if (!signal.aborted) await finishCancellations(deps.db)
  }
  return startJob({ name: 'end-with-event', everyMs, log: deps.log, run })
}
