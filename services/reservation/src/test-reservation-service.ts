import { generateKeyPairSync } from 'node:crypto'
import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { inTransaction } from '@ticket-queue/database'
import { type EventOf, newEvent, type OutgoingEvent, once } from '@ticket-queue/messaging'
import { createLog, createMetrics } from '@ticket-queue/service-kit'
import { testDatabase, testRedis } from '@ticket-queue/testing'
import { v4 as uuid } from 'uuid'
import { afterAll } from 'vitest'
import { buildApp, buildInternalApp } from './app.ts'
import { buildDeps } from './build-deps.ts'
import { readConfig } from './config.ts'
import { eventGroup, paymentGroup } from './consumers.ts'
import type { Database } from './store/database.ts'
import { booksOf } from './test-books.ts'
import { type Buyer, buyersOf, gatewayKey, type HoldAnswer, paymentKey } from './test-buyers.ts'
import { startNeighbours } from './test-neighbours.ts'

const ownKey = uuid()

/** A signing key of ticket codes, with its private half. */
export const newTicketKey = (kid: string) => ({
  ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
  kid,
})
const ticketKey = newTicketKey('TEST-1')

/** Settings of a reservation service over these stores and neighbours. */
const settingsFor = (where: { databaseUrl: string; redisUrl: string; neighboursUrl: string }) => ({
  SERVICE_API_KEY: ownKey,
  SERVICE_API_KEYS: `gateway=${gatewayKey};payment=${paymentKey}`,
  DATABASE_URL: where.databaseUrl,
  REDIS_URL: where.redisUrl,
  KAFKA_BROKERS: 'unused:9092',
  EVENT_INTERNAL_URL: where.neighboursUrl,
  QUEUE_INTERNAL_URL: where.neighboursUrl,
  TICKET_SIGNING_KEYS: JSON.stringify({ keys: [ticketKey] }),
})

/**
 * The reservation service of one test file, without ports: real stores of its own, the event and queue services as a
 * process that speaks their contracts, and every line it logs. Settings replace those of the file's stores.
 */
export const testReservationService = async (settings: Record<string, string> = {}) => {
  const { database, url, ownerUrl } = await testDatabase<Database>('reservation')
  const redis = testRedis()
  const neighbours = await startNeighbours({ apiKey: ownKey, redis })
  const stores = settingsFor({ databaseUrl: url, redisUrl: 'redis://unused', neighboursUrl: neighbours.url })
  const config = readConfig({ ...stores, ...settings })
  const logged: string[] = []
  const log = createLog('reservation', 'trace', { write: (line) => void logged.push(line) })
  const metrics = createMetrics('reservation')
  const relay = countWakes()
  const opened: { close(): unknown }[] = []
  const own = <T extends { close(): unknown }>(resource: T): T => {
    opened.push(resource)
    return resource
  }
  const deps = buildDeps({ config, log, metrics, own }, { database, redis, relay })
  const app = buildApp(deps)
  const internalApp = buildInternalApp(deps, app)
  afterAll(async () => {
    await app.close()
    await internalApp.close()
    await Promise.all(opened.map((resource) => resource.close()))
    await neighbours.close()
  })
  return {
    app,
    internalApp,
    deps,
    stores,
    ownerUrl,
    db: database.db,
    redis,
    neighbours,
    logged,
    relay,
    ...buyersOf({ app, internalApp, redis, neighbours }),
    ...booksOf(database.db, redis),
    deliver: deliveryTo(deps),
    deliverTogether: (events: readonly OutgoingEvent[]) =>
      inTransaction(database.db, async (trx) => paymentGroup(deps).together?.apply(trx, events)),
  }
}

const countWakes = () => {
  const counted = {
    wakes: 0,
    wake: () => {
      counted.wakes += 1
    },
  }
  return counted
}

/** Lets a consumer group apply an event the way messaging does: inbox row and effect in one transaction. */
const deliveryTo = (deps: Parameters<typeof paymentGroup>[0]) => {
  const [payment, catalogue] = [paymentGroup(deps), eventGroup(deps)]
  return (event: Delivered): Promise<'applied' | 'repeated'> =>
    inTransaction(deps.db, async (trx) => {
      const { group } = event.eventType.startsWith('Payment') ? payment : catalogue
      if (!(await once(trx, event, group))) return 'repeated'
      const context = { requestId: event.metadata.correlationId }
      if (event.eventType === 'PaymentSuccess') await payment.handlers.PaymentSuccess?.(trx, event, context)
      else if (event.eventType === 'PaymentFailed') await payment.handlers.PaymentFailed?.(trx, event, context)
      else if (event.eventType === 'PaymentRefunded') await payment.handlers.PaymentRefunded?.(trx, event, context)
      else if (event.eventType === 'EventCancelled') await catalogue.handlers.EventCancelled?.(trx, event, context)
      else await catalogue.handlers.ScheduleUpdated?.(trx, event, context)
      return 'applied'
    })
}
type Delivered = EventOf<'PaymentSuccess' | 'PaymentFailed' | 'PaymentRefunded' | 'EventCancelled' | 'ScheduleUpdated'>

type Paid = Pick<Buyer, 'userId' | 'scheduleId'>

const factsOf = ({ userId, scheduleId }: Paid, held: HoldAnswer, paymentId: string) => ({
  paymentId,
  reservationId: held.reservationId,
  userId,
  scheduleId,
  amount: held.totalAmount,
})

/** What payment says after it has kept the money for a hold. */
export const paymentSuccess = (buyer: Paid, held: HoldAnswer, paymentId: string) =>
  newEvent('PaymentSuccess', {
    aggregateId: paymentId,
    correlationId: 'request-of-payment',
    payload: {
      ...factsOf(buyer, held, paymentId),
      seatIds: held.seats.map((seat) => seat.seatId),
      paidAt: new Date().toISOString(),
    },
  })

/** What payment says after a payment for a hold has ended without money. */
export const paymentFailed = (buyer: Paid, held: HoldAnswer, paymentId: string, openedAt?: Date) =>
  newEvent('PaymentFailed', {
    aggregateId: paymentId,
    correlationId: 'request-of-payment',
    payload: {
      ...factsOf(buyer, held, paymentId),
      reason: 'DECLINED',
      ...(openedAt && { openedAt: openedAt.toISOString() }),
    },
  })

/** What payment says when so much of a payment's money has gone back. */
export const paymentRefunded = (buyer: Paid, held: HoldAnswer, paymentId: string, refundAmount: number) =>
  newEvent('PaymentRefunded', {
    aggregateId: paymentId,
    correlationId: 'request-of-payment',
    payload: { ...factsOf(buyer, held, paymentId), refundAmount, refundedAt: new Date().toISOString() },
  })

/** What the event service says of a schedule whose show is called off. */
export const eventCancelled = ({ scheduleId, eventId }: { scheduleId: string; eventId: string }) =>
  newEvent('EventCancelled', {
    aggregateId: scheduleId,
    correlationId: 'request-of-the-administrator',
    payload: { eventId, scheduleId, reason: 'the singer is ill', cancelledAt: new Date().toISOString() },
  })

/** What the event service says of a schedule on sale when something of it has changed. */
export const scheduleUpdated = (
  { scheduleId, eventId, saleStartAt, saleEndAt }: InternalSchedule,
  told: { eventStartAt?: string; scheduleVersion?: number },
) =>
  newEvent('ScheduleUpdated', {
    aggregateId: scheduleId,
    correlationId: 'request-of-the-administrator',
    payload: { scheduleId, eventId, saleStartAt, saleEndAt, status: 'ONGOING', seatsLeft: 1, ...told },
  })
