import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { topics } from '@ticket-queue/contracts/events'
import { createDatabase, roleUrl, serviceRoles } from '@ticket-queue/database'
import { testMessaging, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, expect, inject, test } from 'vitest'
import type { HoldAnswer } from './test-buyers.ts'
import { eventCancelled, paymentFailed, paymentSuccess, testReservationService } from './test-reservation-service.ts'

const { db, ownerUrl, redis, stores, scene, reservation, published, locks, makeOverdue } =
  await testReservationService()
const { messaging, topicPrefix, brokers } = await testMessaging()
/** What an operator watches: lag, what waits in the outbox, tries and dead letters. */
const messagingFigures = [
  'messaging_consumer_lag_messages{group="reservation-payment-consumer",topic="payment.events",partition=',
  'outbox_oldest_unsent_age_seconds{',
  'messaging_consumed_total{group="reservation-payment-consumer"',
  'messaging_dead_letters_total{origin="reservation-payment-consumer"',
  'messaging_dead_letters_open{',
]

/** A port nobody else has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const [port, sidePort, internalPort] = [await freePort(), await freePort(), await freePort()]
const child: ChildProcess = spawn(process.execPath, [new URL('./main.ts', import.meta.url).pathname], {
  env: {
    ...stores,
    NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    PORT: String(port),
    SIDE_PORT: String(sidePort),
    INTERNAL_PORT: String(internalPort),
    REDIS_URL: inject('stack').redisUrl,
    REDIS_KEY_PREFIX: redis.keyPrefix,
    KAFKA_BROKERS: brokers.join(', '),
    KAFKA_TOPIC_PREFIX: topicPrefix,
  },
  stdio: ['ignore', 'pipe', 'pipe'],
})
let output = ''
for (const stream of [child.stdout, child.stderr]) {
  stream?.on('data', (chunk) => {
    output += String(chunk)
  })
}
afterAll(async () => {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = child.exitCode === null ? await ended : [child.exitCode]
  expect(code, 'SIGTERM ends the process cleanly').toBe(0)
})
await waitUntil(
  async () => {
    if (child.exitCode !== null) throw new Error(`the service ended: ${output}`)
    return (await fetch(`http://127.0.0.1:${sidePort}/readyz`)).ok
  },
  { timeoutMs: 25_000, intervalMs: 100 },
)

/** A hold made through the running process. */
async function heldByProcess() {
  const { buyer, seatIds, ...rest } = await scene(2)
  const response = await fetch(`http://127.0.0.1:${port}/reservations/hold`, {
    method: 'POST',
    headers: { ...buyer.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ scheduleId: buyer.scheduleId, seatIds }),
  })
  expect(response.status).toBe(201)
  return { buyer, seatIds, ...rest, mine: (await response.json()) as HoldAnswer }
}

const publish = (event: ReturnType<typeof paymentSuccess> | ReturnType<typeof paymentFailed>) =>
  messaging.publishBatch(topics.payment, [{ key: event.payload.reservationId, value: JSON.stringify(event) }])

const drained = (reservationId: string) =>
  waitUntil(
    async () => {
      const rows = await db
        .selectFrom('outbox_events')
        .select('published')
        .where('aggregate_id', '=', reservationId)
        .execute()
      return rows.length > 0 && rows.every((row) => row.published)
    },
    { timeoutMs: 15_000 },
  )

test('PaymentSuccess from Kafka confirms a hold once, however often it comes, and ReservationConfirmed goes out', async () => {
  const { buyer, mine } = await heldByProcess()
  const confirmed: string[] = []
  const watcher = await messaging.consumeRepeatably({
    group: 'watcher',
    topics: [topics.reservation],
    handlers: { ReservationConfirmed: async ({ payload }) => void confirmed.push(payload.reservationId) },
  })
  const event = paymentSuccess(buyer, mine, uuidv7())
  await publish(event)
  await publish(event)
  await waitUntil(async () => (await reservation(mine.reservationId)).status === 'CONFIRMED', { timeoutMs: 15_000 })
  await drained(mine.reservationId)
  await waitUntil(() => confirmed.includes(mine.reservationId), { timeoutMs: 15_000 })

  const later = await heldByProcess()
  await publish(paymentSuccess(later.buyer, later.mine, uuidv7()))
  await waitUntil(async () => (await reservation(later.mine.reservationId)).status === 'CONFIRMED', {
    timeoutMs: 15_000,
  })
  expect((await published(mine.reservationId)).map(({ type }) => type)).toEqual(['ReservationConfirmed'])
  await watcher.close()
})

test('PaymentFailed from Kafka frees the seats; a success for no reservation goes to the dead letters and stops nobody', async () => {
  const { buyer, scheduleId, mine } = await heldByProcess()
  const orphan = { ...mine, reservationId: uuidv7() }
  await publish(paymentSuccess(buyer, orphan, uuidv7()))
  await publish(paymentFailed(buyer, mine, uuidv7()))
  await waitUntil(async () => (await reservation(mine.reservationId)).status === 'CANCELLED', { timeoutMs: 15_000 })
  await drained(mine.reservationId)
  expect(await locks(scheduleId)).toEqual({})
  const letter = await waitUntil(
    async () =>
      (await db
        .selectFrom('dead_letters')
        .select(['error'])
        .where('key', '=', orphan.reservationId)
        .executeTakeFirst()) ?? null,
    { timeoutMs: 15_000 },
  )
  expect(letter.error).toContain('PermanentError')
})

test('events of other versions: unknown fields are accepted, an unknown major version is a dead letter and no crash', async () => {
  const [newer, foreign] = [await heldByProcess(), await heldByProcess()]
  const event = paymentSuccess(newer.buyer, newer.mine, uuidv7())
  const unread = { ...paymentSuccess(foreign.buyer, foreign.mine, uuidv7()), version: 2 }
  await messaging.publishBatch(
    topics.payment,
    [unread, { ...event, region: 'kr', payload: { ...event.payload, installments: 3 } }].map((one) => ({
      key: one.payload.reservationId,
      value: JSON.stringify(one),
    })),
  )
  await waitUntil(async () => (await reservation(newer.mine.reservationId)).status === 'CONFIRMED', {
    timeoutMs: 15_000,
  })
  const letter = await waitUntil(
    async () =>
      (await db
        .selectFrom('dead_letters')
        .selectAll()
        .where('key', '=', foreign.mine.reservationId)
        .executeTakeFirst()) ?? null,
    { timeoutMs: 15_000 },
  )
  expect(letter).toMatchObject({
    status: 'OPEN',
    event_type: 'PaymentSuccess',
    error: expect.stringContaining('version'),
  })
  expect((await reservation(foreign.mine.reservationId)).status).toBe('PENDING')
  // The broker is asked for the lag every 15 s, and what it has not told yet is no figure.
  await waitUntil(
    async () => {
      const figures = await (await fetch(`http://127.0.0.1:${sidePort}/metrics`)).text()
      for (const name of messagingFigures) expect(figures).toContain(name)
    },
    { timeoutMs: 20_000 },
  )
})

test('what follows a dead letter of its reservation is parked, and goes on when payment has ordered that it be discarded', async () => {
  const { buyer, mine } = await heldByProcess()
  const key = mine.reservationId
  const statuses = async () => {
    const letters = db.selectFrom('dead_letters').select('status').where('key', '=', key).orderBy('offset')
    return (await letters.execute()).map(({ status }) => status)
  }
  const unread = { ...paymentSuccess(buyer, mine, uuidv7()), version: 2 }
  await messaging.publishBatch(topics.payment, [
    { key, value: JSON.stringify(unread) },
    { key, value: JSON.stringify(paymentFailed(buyer, mine, uuidv7())) },
  ])
  await waitUntil(async () => expect(await statuses()).toEqual(['OPEN', 'PARKED']), { timeoutMs: 15_000 })
  expect((await reservation(key)).status).toBe('PENDING')

  const payment = createDatabase<unknown>({ url: roleUrl(ownerUrl, serviceRoles.payment), poolMax: 1 })
  await sql`
    insert into dead_letter_orders (letter_id, service, action, ordered_by)
    select id, service, 'DISCARD', uuidv7() from dead_letters where key = ${key} and status = 'OPEN'`.execute(
    payment.db,
  )
  await payment.close()
  await waitUntil(async () => (await reservation(key)).status === 'CANCELLED', { timeoutMs: 15_000 })
  await waitUntil(async () => expect(await statuses()).toEqual(['DISCARDED', 'REPLAYED']))
  await drained(key)
})

test('EventCancelled from Kafka ends the reservations of the schedule', async () => {
  const { mine, scheduleId, eventId } = await heldByProcess()
  await messaging.publishBatch(topics.event, [
    { key: scheduleId, value: JSON.stringify(eventCancelled({ scheduleId, eventId })) },
  ])
  await waitUntil(async () => (await reservation(mine.reservationId)).status === 'CANCELLED', { timeoutMs: 15_000 })
  await drained(mine.reservationId)
  expect(await reservation(mine.reservationId)).toMatchObject({ cancel_reason: 'EVENT_CANCELLED' })
})

test('the running process ends overdue holds by itself', async () => {
  const { mine } = await heldByProcess()
  await makeOverdue(mine.reservationId)
  await waitUntil(async () => (await reservation(mine.reservationId)).status === 'CANCELLED', { timeoutMs: 10_000 })
  await drained(mine.reservationId)
})

test('the internal API listens on a port of its own, and the public one does not know it', async () => {
  const path = `/internal/reservations/${uuidv7()}`
  expect((await fetch(`http://127.0.0.1:${internalPort}${path}`)).status).toBe(401)
  expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404)
})
