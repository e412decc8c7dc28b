import { listen, runService, untilItPasses } from '@ticket-queue/service-kit'
import { buildApp, buildInternalApp } from './app.ts'
import { buildDeps, openStores, whenJoined } from './build-deps.ts'
import { closeWaitingListsJob } from './close-waiting-lists/close-waiting-lists.job.ts'
import { readConfig } from './config.ts'
import { eventGroup, paymentGroup } from './consumers.ts'
import { endWithEventJob } from './end-with-event/end-with-event.job.ts'
import { expireHoldsJob } from './expire-holds/expire-holds.job.ts'
import { passOnSeatsJob } from './pass-on-seats/pass-on-seats.job.ts'
import { rebuildHoldsJob } from './rebuild-holds/rebuild-holds.job.ts'

await runService('reservation', readConfig, async (service) => {
  const { config, own, ready } = service
  const stores = openStores(service)
  const deps = buildDeps(service, stores)
  for (const group of [paymentGroup(deps), eventGroup(deps)]) {
    const consumer = await stores.messaging.consume(group)
    ready.add(
      group.group,
      untilItPasses(() => whenJoined(consumer)),
    )
  }
  own(expireHoldsJob(deps))
  own(rebuildHoldsJob(deps))
  own(endWithEventJob(deps))
  own(passOnSeatsJob(deps))
  own(closeWaitingListsJob(deps))
  const app = buildApp(deps)
  own(await listen(buildInternalApp(deps, app), { host: config.HOST, port: config.INTERNAL_PORT }))
  own(await listen(app, { host: config.HOST, port: config.PORT }))
})
