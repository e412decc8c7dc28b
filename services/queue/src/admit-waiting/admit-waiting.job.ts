import { type Job, startJob } from '@ticket-queue/service-kit'
import { type AdmitWaitingDeps, admitWaiting } from './admit-waiting.ts'

const tickMinMs = 50

/**
 * Admits every `tickMs` until closed, and at least twice in the interval of the fastest schedule, as no more than one interval's worth of
 * idle time is kept. While there is no connection, whose loss is logged elsewhere, it only waits.
 */
export function admitWaitingJob(deps: AdmitWaitingDeps, tickMs: number): Job {
  let everyMs = tickMs
  return startJob({
    name: 'admit-waiting',
    everyMs: () => everyMs,
    log: deps.log,
    run: async () => {
      if (deps.redis.client.status !== 'ready') return
      const intervalMs = await admitWaiting(deps)
      everyMs = Math.min(tickMs, Math.max(tickMinMs, intervalMs / 2))
    },
  })
}
