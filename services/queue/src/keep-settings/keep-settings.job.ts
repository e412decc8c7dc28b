import { type Job, startJob } from '@ticket-queue/service-kit'
import type { Outages } from '../outages.ts'
import { agreeOnSettings, type KeepSettingsDeps } from './keep-settings.ts'

const everyMs = 5_000
/** Until this process has heard of settings it admits nobody. */
const unheardEveryMs = 500

/**
 * Keeps Redis, PostgreSQL and this process of one mind about settings, beginning now, and at most about five seconds after each change;
 * and once more as it closes.
 */
export function keepSettingsJob(deps: KeepSettingsDeps & { readonly outages: Outages }): Job {
  const tried = {
    key: 'keep-settings',
    failing:
      'how queues are to be run cannot be kept: a loss of Redis would take what has been set since; where it was never told, nobody is admitted',
    again: 'how queues are to be run is kept again',
  }
  const agree = () => deps.outages.watch(tried, () => agreeOnSettings(deps))
  const first = agree()
  const job = startJob({
    name: 'keep-settings',
    everyMs: () => (deps.settings.hasHeard() ? everyMs : unheardEveryMs),
    log: deps.log,
    run: () => first.then(agree),
  })
  return {
    close: async () => {
      await job.close()
      // Nobody else may know of what was set here since the last time.
      await first.then(agree)
    },
  }
}
