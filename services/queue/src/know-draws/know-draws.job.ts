import { type Job, type Log, startJob } from '@ticket-queue/service-kit'
import type { Outages } from '../outages.ts'
import type { DrawDeps } from '../place-in-draw.ts'
import { knowDraws } from './know-draws.ts'

interface KnowDrawsDeps extends DrawDeps {
  readonly outages: Outages
  readonly log: Log
}

const everyMs = 2_000

/** Keeps what this process knows of draws at most about two seconds old, beginning now. */
export function knowDrawsJob(deps: KnowDrawsDeps): Job {
  const tried = {
    key: 'know-draws',
    failing: 'PostgreSQL does not tell the draws: what was known counts; where nothing was, nobody is admitted',
    again: 'the draws are told again',
  }
  const know = () => deps.outages.watch(tried, () => knowDraws(deps))
  const first = know()
  const job = startJob({ name: 'know-draws', everyMs, log: deps.log, run: know })
  return {
    close: async () => {
      await job.close()
      await first
    },
  }
}
