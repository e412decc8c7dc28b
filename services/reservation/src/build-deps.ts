import { createDatabase, groupWork, type Database as Opened, serviceAnswerMs } from '@ticket-queue/database'
import { gatherQueueTokens } from '@ticket-queue/lua/queue'
import { gatherCommits, gatherHolds } from '@ticket-queue/lua/seat'
import { type Consumer, createMessaging } from '@ticket-queue/messaging'
import { createRedis, type RedisClient } from '@ticket-queue/redis'
import { callService, type Service, untilItPasses } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { type Pin, pinReservations } from './begin-payment/begin-payment.ts'
import { createCatalogue } from './catalogue.ts'
import type { Config } from './config.ts'
import { createTicketKeys } from './domain/ticket-keys.ts'
import { createHeldSchedules } from './held-schedules.ts'
import { createHoldOutcomes } from './hold-outcomes.ts'
import { createHoldRows } from './hold-seats/hold-rows.ts'
import { createObstacles } from './hold-seats/obstacles.ts'
import { createSeatOffers } from './hold-seats/seat-offers.ts'
import { createPaymentTokens } from './payment-tokens.ts'
import { createLiveSeats } from './states/live-seats.ts'
import type { Database } from './store/database.ts'
import { findReservations } from './store/reservations.ts'

const callTimeoutMs = 5_000
/** Reservations that are read in one statement, and that are pinned in one. */
const readsMax = 100
const pinsMax = 50

/** Opens what this service keeps its state in; each is closed in reverse order when the service stops. */
export function openStores({ config, log, metrics, own, ready }: Service<Config>) {
  const onError = (err: unknown) => log.warn({ err }, 'a store is away')
  const database = own(
    createDatabase<Database>({
      url: config.DATABASE_URL,
      poolMax: config.DATABASE_POOL_MAX,
      applicationName: 'reservation',
      answerWithinMs: serviceAnswerMs,
      onError,
    }),
  )
  const redis = own(
    createRedis({
      url: config.REDIS_URL,
      keyPrefix: config.REDIS_KEY_PREFIX,
      connectionName: 'reservation',
      // A buyer who is told at once to try again is better off than one who waits while requests pile up.
      failFast: true,
      onError,
    }),
  )
  const messaging = own(
    createMessaging({
      brokers: config.KAFKA_BROKERS,
      clientId: 'reservation',
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
  return { database, redis, messaging, relay: messaging.startRelay({ db: database.db, service: 'reservation' }) }
}

interface Stores {
  readonly database: Opened<Database>
  readonly redis: RedisClient
  readonly relay: { wake(): void }
}

/** What reaches the rows, and so is made anew for another database. */
export const databaseDeps = (
  db: Kysely<Database>,
  { holdSeconds, paymentHoldSeconds }: { readonly holdSeconds: number; readonly paymentHoldSeconds: number },
) => ({
  db,
  holdRows: createHoldRows({ db, holdSeconds }),
  obstacles: createObstacles({ db, paymentHoldSeconds }),
  readReservation: groupWork((ids: readonly string[]) => findReservations(db, ids), { itemsMax: readsMax }),
  pinReservation: groupWork((pins: readonly Pin[]) => pinReservations(db, pins), { itemsMax: pinsMax }),
})

/** What reaches Redis for many people in few calls, and so is made anew for another Redis. */
export const redisDeps = (redis: RedisClient) => ({
  redis,
  readQueueToken: gatherQueueTokens(redis),
  holdSeats: gatherHolds(redis),
  commitHold: gatherCommits(redis),
})

/** What the slices of this service take as their dependencies, from what `main` has opened. */
export function buildDeps(
  { config, log, metrics, own }: Pick<Service<Config>, 'config' | 'log' | 'metrics' | 'own'>,
  { database, redis, relay }: Stores,
) {
  const client = (baseUrl: string) =>
    own(callService({ baseUrl, apiKey: config.SERVICE_API_KEY, caller: 'reservation', timeoutMs: callTimeoutMs }))
  const catalogue = createCatalogue(client(config.EVENT_INTERNAL_URL))
  const seconds = { holdSeconds: config.HOLD_SECONDS, paymentHoldSeconds: config.PAYMENT_HOLD_SECONDS }
  return {
    ...databaseDeps(database.db, seconds),
    ...redisDeps(redis),
    ...seconds,
    log,
    metrics,
    keys: config.SERVICE_API_KEYS,
    catalogue,
    heldSchedules: createHeldSchedules(redis),
    holdOutcomes: own(createHoldOutcomes(redis)),
    liveSeats: own(createLiveSeats({ redis, catalogue, log })),
    seatStreamSettings: { streamsMax: config.SEAT_STREAMS_MAX },
    placeStreamSettings: {},
    seatOffers: createSeatOffers({ redis, catalogue }),
    issuePaymentToken: createPaymentTokens(client(config.QUEUE_INTERNAL_URL)),
    tentativeHoldSeconds: config.TENTATIVE_HOLD_SECONDS,
    offerMinutes: config.OFFER_MINUTES,
    waitingListMax: config.WAITING_LIST_MAX,
    ticketKeys: createTicketKeys(config.TICKET_SIGNING_KEYS),
    wakeRelay: () => relay.wake(),
  }
}

/** Rejects unless the consumer is a member of its group. */
export async function whenJoined(consumer: Consumer): Promise<void> {
  if (!consumer.ready()) throw new Error('the consumer has not joined its group')
}
