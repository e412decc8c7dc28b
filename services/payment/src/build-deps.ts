import { createDatabase, serviceAnswerMs } from '@ticket-queue/database'
import { type Consumer, createMessaging } from '@ticket-queue/messaging'
import { createRedis } from '@ticket-queue/redis'
import { callService, type Service, untilItPasses } from '@ticket-queue/service-kit'
import type { Config } from './config.ts'
import { createLoadMeter } from './domain/load-meter.ts'
import { createPortoneTransport } from './portone/call-portone.ts'
import { createPortone } from './portone/portone.ts'
import type { Registered } from './register-payment/register-payment.ts'
import { shareReservations } from './share-reservations.ts'
import { shareLeaving, shareStatements } from './share-statements.ts'
import type { Database } from './store/database.ts'

const callTimeoutMs = 5_000

/** Opens what this service keeps its state in; each is closed in reverse order when the service stops. */
export function openStores({ config, log, metrics, own, ready }: Service<Config>) {
  const onError = (err: unknown) => log.warn({ err }, 'a store is away')
  const database = own(
    createDatabase<Database>({
      url: config.DATABASE_URL,
      poolMax: config.DATABASE_POOL_MAX,
      applicationName: 'payment',
      answerWithinMs: serviceAnswerMs,
      onError,
    }),
  )
  const redis = own(
    createRedis({ url: config.REDIS_URL, keyPrefix: config.REDIS_KEY_PREFIX, connectionName: 'payment', onError }),
  )
  const messaging = own(
    createMessaging({
      brokers: config.KAFKA_BROKERS,
      clientId: 'payment',
      topicPrefix: config.KAFKA_TOPIC_PREFIX,
      log,
      metrics,
    }),
  )
  ready.add('postgres', () => database.check())
  ready.add(
    'redis',
    untilItPasses(() => redis.check()),
  )
  return { database, redis, messaging, relay: messaging.startRelay({ db: database.db, service: 'payment' }) }
}

type Stores = ReturnType<typeof openStores>

/** What the slices of this service take as their dependencies, from what `main` has opened. */
export function buildDeps(
  { config, log, metrics, own }: Pick<Service<Config>, 'config' | 'log' | 'metrics' | 'own'>,
  { database, redis, relay }: Pick<Stores, 'database' | 'redis'> & { relay: Pick<Stores['relay'], 'wake'> },
) {
  const client = (baseUrl: string) =>
    own(callService({ baseUrl, apiKey: config.SERVICE_API_KEY, caller: 'payment', timeoutMs: callTimeoutMs }))
  const transport = createPortoneTransport({
    baseUrl: config.PORTONE_BASE_URL,
    apiSecret: config.PORTONE_API_SECRET,
    timeoutsMs: {
      'pre-register': config.PORTONE_TIMEOUT_MS,
      read: config.PORTONE_TIMEOUT_MS,
      list: config.PORTONE_LIST_TIMEOUT_MS,
      confirm: config.PORTONE_MONEY_TIMEOUT_MS,
      cancel: config.PORTONE_MONEY_TIMEOUT_MS,
    },
    breakerCallsMin: config.PORTONE_BREAKER_CALLS_MIN,
    breakerResetMs: config.PORTONE_BREAKER_RESET_MS,
    metrics,
  })
  const reservation = client(config.RESERVATION_INTERNAL_URL)
  const { db } = database
  const wakeRelay = () => relay.wake()
  return {
    db,
    redis,
    log,
    metrics,
    keys: config.SERVICE_API_KEYS,
    portone: own(createPortone(transport, { storeId: config.PORTONE_STORE_ID })),
    storeId: config.PORTONE_STORE_ID,
    channelKey: config.PORTONE_CHANNEL_KEY,
    channelType: config.PORTONE_CHANNEL_TYPE,
    confirmMode: config.PORTONE_CONFIRM_MODE,
    webhookSecrets: config.PORTONE_WEBHOOK_SECRETS,
    answerWithinMs: config.PORTONE_TIMEOUT_MS,
    registering: new Map<string, Promise<Registered>>(),
    firstCheckSeconds: config.FIRST_CHECK_SECONDS,
    claimSeconds: config.CHECK_CLAIM_SECONDS,
    refundsPerSecond: config.REFUNDS_PER_SECOND,
    reservation: shareReservations(reservation),
    readReservation: shareReservations(reservation).read,
    endStay: shareLeaving(client(config.QUEUE_INTERNAL_URL)),
    load: createLoadMeter(),
    wakeRelay,
    ...shareStatements(db, wakeRelay),
  }
}

/** Rejects until the consumer is a member of its group: what `/readyz` asks. */
export async function whenJoined(consumer: Consumer): Promise<void> {
  if (!consumer.ready()) throw new Error('the consumer has not joined its group')
}
