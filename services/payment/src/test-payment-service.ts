import { randomUUID } from 'node:crypto'
import type { ReservationCancelled } from '@ticket-queue/contracts/events'
import type { InternalReservation } from '@ticket-queue/contracts/http/reservation'
import { inTransaction } from '@ticket-queue/database'
import { issueToken } from '@ticket-queue/lua/queue'
import { newEvent } from '@ticket-queue/messaging'
import type { RedisClient } from '@ticket-queue/redis'
import { type App, createLog, createMetrics } from '@ticket-queue/service-kit'
import { testDatabase, testRedis } from '@ticket-queue/testing'
import type { LightMyRequestResponse } from 'fastify'
import { type Kysely, sql } from 'kysely'
import { afterAll, afterEach } from 'vitest'
import { buildApp } from './app.ts'
import { buildDeps } from './build-deps.ts'
import { type CheckUnsettledDeps, checkUnsettled, claimDue } from './check-unsettled/check-unsettled.ts'
import { readConfig } from './config.ts'
import { endWithReservation } from './end-with-reservation/end-with-reservation.ts'
import type { Database } from './store/database.ts'
import { findPayment, type PaymentRow } from './store/payments.ts'
import { type OtherServices, startOtherServices } from './test-other-services.ts'
import { channelKey, portoneSecret, startSandbox, storeId, type TestSandbox, webhookSecret } from './test-sandbox.ts'

const gatewayKey = randomUUID()
export const paymentKey = randomUUID()

/** The headers with which the gateway speaks for somebody. */
export const asUser = (userId: string): Record<string, string> => ({
  'x-service-api-key': gatewayKey,
  'x-user-id': userId,
  'x-user-role': 'USER',
})

/** Settings of a payment service over these stores and neighbours. */
export const testSettings = (at: { databaseUrl: string; othersUrl: string; sandboxUrl: string }) => ({
  SERVICE_API_KEY: paymentKey,
  SERVICE_API_KEYS: `gateway=${gatewayKey}`,
  DATABASE_URL: at.databaseUrl,
  REDIS_URL: 'redis://unused',
  KAFKA_BROKERS: 'unused:9092',
  RESERVATION_INTERNAL_URL: at.othersUrl,
  QUEUE_INTERNAL_URL: at.othersUrl,
  PORTONE_BASE_URL: at.sandboxUrl,
  PORTONE_API_SECRET: portoneSecret,
  PORTONE_STORE_ID: storeId,
  PORTONE_CHANNEL_KEY: channelKey,
  PORTONE_CHANNEL_TYPE: 'TEST',
  PORTONE_CONFIRM_MODE: 'MANUAL',
  PORTONE_WEBHOOK_SECRETS: webhookSecret,
  REFUNDS_PER_SECOND: '1000',
})

/**
 * The payment service of one test file, without a port of its own: real stores, the real sandbox as PortOne, the internal
 * APIs of its neighbours, and every line it logs. The check job only runs when a test runs it. Settings replace those of
 * `testSettings`.
 */
export const testPaymentService = async (settings: Record<string, string> = {}) => {
  const { database, url, ownerUrl } = await testDatabase<Database>('payment')
  const redis = testRedis()
  const [sandbox, others] = await Promise.all([startSandbox(), startOtherServices(redis, paymentKey)])
  const at = { databaseUrl: url, othersUrl: others.address, sandboxUrl: sandbox.url }
  const config = readConfig({ ...testSettings(at), ...settings })
  const logged: string[] = []
  const log = createLog('payment', 'trace', { write: (line) => void logged.push(line) })
  const opened: { close(): unknown }[] = []
  const own = <T extends { close(): unknown }>(resource: T): T => {
    opened.push(resource)
    return resource
  }
  const service = { config, log, metrics: createMetrics('payment'), own }
  const deps = buildDeps(service, { database, redis, relay: { wake: () => {} } })
  const app = await buildApp(deps)
  afterEach(() => sandbox.misbehave())
  afterAll(async () => {
    await app.close()
    for (const resource of opened.toReversed()) await resource.close()
    await Promise.all([sandbox.close(), others.close()])
  })
  const askOf =
    (asked: App): Ask =>
    async (method, path, headers, body) =>
      asked.inject({ method, url: path, headers, ...(body ? { payload: body } : {}) })
  const ask = askOf(app)
  return {
    /** The same buyers before another instance of the service. */
    buyersAt: (instance: App) => buyersOf(askOf(instance), { others, redis, sandbox }),
    ...{ app, config, db: database.db, ownerUrl, deps, logged, others, redis, sandbox, ask },
    ...booksOf(database.db),
    ...jobsOf(deps),
    ...buyersOf(ask, { others, redis, sandbox }),
  }
}

type Ask = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  headers: Record<string, string>,
  body?: object,
) => Promise<LightMyRequestResponse>

/** Who holds seats and may pay for them. */
export interface Buyer {
  readonly userId: string
  readonly reservation: InternalReservation
  readonly queueToken: string
  readonly paymentKey: string
}

/** A buyer whose payment is open, and perhaps paid. */
export interface Purchase extends Buyer {
  readonly paymentId: string
  readonly portonePaymentId: string
  readonly transactionId: string
  readonly paymentToken?: string | undefined
}

const buyersOf = (ask: Ask, at: { others: OtherServices; redis: RedisClient; sandbox: TestSandbox }) => {
  /** Somebody whose seats are held. */
  const buyer = async (fields: Partial<InternalReservation> = {}): Promise<Buyer> => {
    const reservation = at.others.hold(fields)
    const { userId, scheduleId, reservationId } = reservation
    const { token } = await issueToken(at.redis, { userId, scheduleId, reservationId })
    return { userId, reservation, queueToken: token, paymentKey: randomUUID() }
  }
  const headersOf = ({ userId, queueToken }: Pick<Buyer, 'userId' | 'queueToken'>) => ({
    ...asUser(userId),
    'x-queue-token': queueToken,
  })
  const register = (who: Buyer, fields: object = {}) =>
    ask('POST', '/payments', headersOf(who), {
      reservationId: who.reservation.reservationId,
      amount: who.reservation.totalAmount,
      paymentMethod: 'CARD',
      paymentKey: who.paymentKey,
      ...fields,
    })
  /** Somebody with an open payment whose window nobody has opened. */
  const registered = async (fields: Partial<InternalReservation> = {}): Promise<Purchase> => {
    const who = await buyer(fields)
    const answer = await register(who)
    if (answer.statusCode !== 201) throw new Error(`POST /payments answered ${answer.body}`)
    const { paymentId, portonePaymentId } = answer.json<{ paymentId: string; portonePaymentId: string }>()
    return { ...who, paymentId, portonePaymentId, transactionId: 'none yet' }
  }
  /** Somebody who has left the payment window, with PAID unless told otherwise. */
  const paid = async (how: Record<string, unknown> = {}): Promise<Purchase> => {
    const purchase = await registered()
    return { ...purchase, ...(await at.sandbox.pay(purchase.portonePaymentId, how)) }
  }
  const confirmationOf = (purchase: Purchase) => ({
    reservationId: purchase.reservation.reservationId,
    paymentId: purchase.paymentId,
    paymentKey: purchase.paymentKey,
    transactionId: purchase.transactionId,
    amount: purchase.reservation.totalAmount,
    ...(purchase.paymentToken ? { paymentToken: purchase.paymentToken } : {}),
  })
  const confirm = (purchase: Purchase, fields: object = {}) =>
    ask('POST', '/payments/confirm', headersOf(purchase), { ...confirmationOf(purchase), ...fields })
  return { buyer, register, registered, paid, confirm, confirmationOf, headersOf }
}

const booksOf = (db: Kysely<Database>) => ({
  row: async ({ paymentId }: { paymentId: string }): Promise<PaymentRow> => {
    const found = await findPayment(db, paymentId)
    if (!found) throw new Error(`there is no payment ${paymentId}`)
    return found
  },
  /** The events of a payment in the outbox, oldest first. */
  events: async ({ paymentId }: { paymentId: string }) => {
    const rows = await db
      .selectFrom('outbox_events')
      .select(['event_type', 'payload', 'key'])
      .where('aggregate_id', '=', paymentId)
      .orderBy('seq')
      .execute()
    return rows.map(({ event_type: type, key, payload }) => ({ type, key, ...Object(payload) }))
  },
  /** The saga of a payment as a person reads it: `BEGIN STARTED`, `BEGIN DONE`, … */
  steps: async ({ paymentId }: { paymentId: string }): Promise<string[]> => {
    const rows = await db
      .selectFrom('saga_steps')
      .selectAll()
      .where('payment_id', '=', paymentId)
      .orderBy('at')
      .execute()
    return rows.map(({ step, state }) => `${step} ${state}`)
  },
})

const jobsOf = (deps: ReturnType<typeof buildDeps>) => ({
  /** The check job looks at this payment now, whatever was planned. */
  look: async ({ paymentId }: { paymentId: string }): Promise<void> => {
    await deps.db.updateTable('payments').set({ next_check_at: sql<Date>`now()` }).where('id', '=', paymentId).execute()
    const claimed = await claimDue(deps, 100)
    await Promise.all(claimed.filter(({ id }) => id === paymentId).map((one) => checkUnsettled(deps, one)))
  },
  /** The check job looks at everything that is due now; gives the payments it looked at. */
  lookAtDue: () => lookAtDue(deps),
  /** The same, as it is two seconds later. */
  lookTwoSecondsLater: async () => {
    const earlier = sql<Date>`next_check_at - interval '2 seconds'`
    await deps.db
      .updateTable('payments')
      .set({ next_check_at: earlier })
      .where('next_check_at', 'is not', null)
      .execute()
    return lookAtDue(deps)
  },
  /** The reservation has ended and says so, as its event is consumed. */
  reservationCancelled: async (
    { reservation }: Pick<Buyer, 'reservation'>,
    fields: Partial<ReservationCancelled['payload']> = {},
  ): Promise<void> => {
    const event = cancelledEvent(reservation, fields)
    await inTransaction(deps.db, (trx) => endWithReservation(trx, event))
  },
})

async function lookAtDue(deps: CheckUnsettledDeps): Promise<string[]> {
  const claimed = await claimDue(deps, 100)
  await Promise.all(claimed.map((one) => checkUnsettled(deps, one)))
  return claimed.map(({ id }) => id)
}

/** `ReservationCancelled` of a reservation nobody had paid, unless fields say otherwise. */
export const cancelledEvent = (
  reservation: InternalReservation,
  fields: Partial<ReservationCancelled['payload']> = {},
): ReservationCancelled => {
  const { reservationId, userId, eventId, scheduleId, seatIds, totalAmount } = reservation
  const facts = { reservationId, userId, eventId, scheduleId, seatIds, totalAmount }
  const ending = { reason: 'HOLD_EXPIRED' as const, wasConfirmed: false, refundAmount: 0, feeAmount: 0 }
  return newEvent('ReservationCancelled', {
    aggregateId: reservationId,
    correlationId: 'request-of-a-test',
    userId,
    payload: { ...facts, ...ending, cancelledAt: new Date().toISOString(), ...fields },
  })
}

/** Status and problem code of an answer: what a client branches on. */
export const outcome = (response: LightMyRequestResponse): string => {
  const body: unknown = response.body === '' ? null : response.json()
  const code = typeof body === 'object' && body !== null && 'code' in body ? ` ${String(body.code)}` : ''
  return `${response.statusCode}${code}`
}
