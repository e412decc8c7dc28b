import { type Job, startJob } from '@ticket-queue/service-kit'
import { type CloseWaitingListsDeps, closeWaitingList, schedulesWaitedFor } from './close-waiting-lists.ts'

const everyMs = 5_000
const batchesMax = 100

/** Every five seconds on every replica: they share the rows. A schedule of which nothing is known waits. */
export function closeWaitingListsJob(deps: CloseWaitingListsDeps): Job {
  const close = async (scheduleId: string, signal: AbortSignal) => {
    for (let batch = 0; batch < batchesMax && !signal.aborted; batch += 1) {
      if ((await closeWaitingList(deps, scheduleId)) === 0) return
    }
  }
  const run = async (signal: AbortSignal) => {
    for (const scheduleId of await schedulesWaitedFor(deps.db)) {
      await close(scheduleId, signal).catch((err) => deps.log.warn({ err, scheduleId }, 'a waiting list stays open'))
    }
  }
  return startJob({ name: 'close-waiting-lists', everyMs, log: deps.log, run })
}
