import { type Job, startJob } from '@ticket-queue/service-kit'
import type { Outages } from '../outages.ts'
import { agreeOnSettings, type KeepSettingsDeps } from './keep-settings.ts'

const everyMs = 5_000

/** Keeps Redis, PostgreSQL and this process of one mind about settings, at most about five seconds after each change. */
export const keepSettingsJob = (deps: KeepSettingsDeps & { readonly outages: Outages }): Job =>
  startJob({
    name: 'keep-settings',
    everyMs,
    log: deps.log,
    run: () =>
      deps.outages.watch(
        {
          key: 'keep-settings',
          failing: 'how queues are to be run cannot be kept: a loss of Redis would take what has been set since',
          again: 'how queues are to be run is kept again',
        },
        async () => {
          await agreeOnSettings(deps)
        },
      ),
  })
