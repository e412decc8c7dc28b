import { consumerGroups, topics } from '@ticket-queue/contracts/events'
import { listen, runService, untilItPasses } from '@ticket-queue/service-kit'
import { buildApp, buildInternalApp } from './app.ts'
import { buildDeps, openStores, whenJoined } from './build-deps.ts'
import { checkStoreJob } from './check-store/check-store.job.ts'
import { checkUnsettledJob } from './check-unsettled/check-unsettled.job.ts'
import { compareDaysJob } from './compare-day/compare-days.job.ts'
import { readConfig } from './config.ts'
import { endWithReservation } from './end-with-reservation/end-with-reservation.ts'
import { findMissingTicketsJob } from './find-missing-tickets/find-missing-tickets.job.ts'
import { settleFindingsJob } from './settle-findings/settle-findings.job.ts'
import type { Database } from './store/database.ts'
import { watchSagasJob } from './watch-sagas/watch-sagas.job.ts'

await runService('payment', readConfig, async (service) => {
  const { config, own, ready } = service
  const stores = openStores(service)
  const deps = buildDeps(service, stores)
  const consumer = await stores.messaging.consume<Database>({
    db: deps.db,
    group: consumerGroups.paymentReservation,
    topics: [topics.reservation],
    handlers: { ReservationCancelled: endWithReservation },
  })
  ready.add(
    'consumer',
    untilItPasses(() => whenJoined(consumer)),
  )
  const watching = [watchSagasJob, compareDaysJob, settleFindingsJob, findMissingTicketsJob, checkStoreJob]
  for (const job of [checkUnsettledJob, ...watching]) own(job(deps))
  own(await listen(buildInternalApp(deps), { host: config.HOST, port: config.INTERNAL_PORT }))
  own(await listen(await buildApp(deps), { host: config.HOST, port: config.PORT }))
})
