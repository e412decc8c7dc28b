import { type Job, startJob } from '@ticket-queue/service-kit'
import { type AdmitWaitingDeps, admitWaiting } from './admit-waiting.ts'

/** Admits every `tickMs` until closed; while there is no connection, whose loss is logged elsewhere, it only waits. */
export const admitWaitingJob = (deps: AdmitWaitingDeps, tickMs: number): Job =>
  startJob({
    name: 'admit-waiting',
    everyMs: tickMs,
    log: deps.log,
    run: async () => {
      if (deps.redis.client.status === 'ready') await admitWaiting(deps)
    },
  })
