import { serviceAnswerMs as answerWithinMs, createDatabase } from '@ticket-queue/database'
import { createMessaging } from '@ticket-queue/messaging'
import { createRedis } from '@ticket-queue/redis'
import { callService, listen, runService } from '@ticket-queue/service-kit'
import { buildApp, buildInternalApp } from './app.ts'
import { createCatalogueCache } from './cache/catalogue-cache.ts'
import { startCheckConsistency } from './check-consistency/check-consistency.job.ts'
import { readConfig } from './config.ts'
import { createReservationBooks } from './consistency/reservation-books.ts'
import { paymentGroup, reservationGroup } from './mark-seats-sold/mark-seats-sold.consumer.ts'
import { startMoveStatus } from './move-status/move-status.job.ts'
import type { Database } from './store/database.ts'

await runService('event', readConfig, async ({ config, log, own, ready, metrics }) => {
  const onError = (err: unknown) => log.warn({ err }, 'a store is away')
  const { DATABASE_URL: url, DATABASE_POOL_MAX: poolMax, REDIS_KEY_PREFIX: keyPrefix } = config
  const database = own(createDatabase<Database>({ url, poolMax, applicationName: 'event', answerWithinMs, onError }))
  const { db } = database
  const redis = own(createRedis({ url: config.REDIS_URL, keyPrefix, connectionName: 'event', failFast: true, onError }))
  const { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: topicPrefix } = config
  const messaging = own(createMessaging({ brokers, clientId: 'event', topicPrefix, log, metrics }))
  const cache = createCatalogueCache({ redis, log })
  const relay = own(messaging.startRelay({ db, service: 'event' }))
  const { RESERVATION_INTERNAL_URL: baseUrl, SERVICE_API_KEY: apiKey } = config
  const reservations = createReservationBooks(own(callService({ baseUrl, apiKey, caller: 'event', timeoutMs: 2000 })))
  const deps = { db, cache, relay, reservations, log, metrics, keys: config.SERVICE_API_KEYS }
  own(await messaging.consume(paymentGroup(deps)))
  own(await messaging.consume(reservationGroup(deps)))
  own(startMoveStatus({ ...deps, redis }))
  own(startCheckConsistency({ ...deps, redis }))
  ready.add('postgres', () => database.check())
  own(await listen(buildInternalApp(deps), { host: config.HOST, port: config.INTERNAL_PORT }))
  own(await listen(buildApp(deps), { host: config.HOST, port: config.PORT }))
})
