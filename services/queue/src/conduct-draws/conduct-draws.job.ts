import { runExclusively } from '@ticket-queue/redis'
import { type Job, startJob } from '@ticket-queue/service-kit'
import { type ConductDrawsDeps, conductDraws } from './conduct-draws.ts'

const lockMs = 5_000
const everyMs = 500

/** Conducts the draws on one replica at a time; the lock only saves the others the work. */
export const conductDrawsJob = (deps: ConductDrawsDeps): Job =>
  startJob({
    name: 'conduct-draws',
    everyMs,
    log: deps.log,
    run: async (stopped) => {
      if (deps.redis.client.status !== 'ready' || deps.draws.all().length === 0) return
      await runExclusively(deps.redis, 'conduct-draws', lockMs, (lost) =>
        conductDraws(deps, AbortSignal.any([lost, stopped])),
      )
    },
  })
