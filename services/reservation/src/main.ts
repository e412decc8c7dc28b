import { consumerGroups, topics } from '@ticket-queue/contracts/events'
import { listen, runService } from '@ticket-queue/service-kit'
import { buildApp, buildInternalApp } from './app.ts'
import { buildDeps, openStores, whenJoined } from './build-deps.ts'
import { cancelUnpaidConsumer } from './cancel-unpaid/cancel-unpaid.consumer.ts'
import { readConfig } from './config.ts'
import { confirmReservation } from './confirm-reservation/confirm-reservation.ts'
import { expireHoldsJob } from './expire-holds/expire-holds.job.ts'
import { rebuildHoldsJob } from './rebuild-holds/rebuild-holds.job.ts'
import type { Database } from './store/database.ts'

await runService('reservation', readConfig, async (service) => {
  const { config, own, ready } = service
  const stores = openStores(service)
  const deps = buildDeps(service, stores)
  const consumer = await stores.messaging.consume<Database>({
    db: deps.db,
    group: consumerGroups.reservationPayment,
    topics: [topics.payment],
    handlers: { PaymentSuccess: confirmReservation, PaymentFailed: cancelUnpaidConsumer(deps) },
  })
  ready.add('consumer', () => whenJoined(consumer))
  own(expireHoldsJob(deps))
  own(rebuildHoldsJob(deps))
  own(await listen(buildInternalApp(deps), { host: config.HOST, port: config.INTERNAL_PORT }))
  own(await listen(buildApp(deps), { host: config.HOST, port: config.PORT }))
})
