import { runExclusively } from '@ticket-queue/redis'
import { type Job, startJob } from '@ticket-queue/service-kit'
import { type AdaptAdmissionDeps, adaptAdmission } from './adapt-admission.ts'

const lockMs = 10_000
const tickMs = 1_000

/** Has the rates decided whenever a round is due, by one replica at a time. */
export const adaptAdmissionJob = (deps: AdaptAdmissionDeps): Job =>
  startJob({
    name: 'adapt-admission',
    everyMs: tickMs,
    log: deps.log,
    run: async (stopped) => {
      if (deps.redis.client.status !== 'ready') return
      await runExclusively(deps.redis, 'adapt-admission', lockMs, (lost) =>
        adaptAdmission(deps, AbortSignal.any([lost, stopped])),
      )
    },
  })
