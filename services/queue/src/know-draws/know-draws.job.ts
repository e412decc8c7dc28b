import { type Job, startJob } from '@ticket-queue/service-kit'
import { type KnowDrawsDeps, knowDraws } from './know-draws.ts'

const everyMs = 2_000

/** Keeps what this process knows of draws at most about two seconds old, beginning now. */
export function knowDrawsJob(deps: KnowDrawsDeps): Job {
  const first = knowDraws(deps).catch((err) =>
    deps.log.warn({ err }, 'the draws are not known yet: nobody is admitted'),
  )
  const job = startJob({ name: 'know-draws', everyMs, log: deps.log, run: () => knowDraws(deps) })
  return {
    close: async () => {
      await job.close()
      await first
    },
  }
}
