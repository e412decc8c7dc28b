import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { topics } from '@ticket-queue/contracts/events'
import { testDatabase, testMessaging, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Database } from './store/database.ts'
import { schedulePlan, smallPrices, smallTemplate } from './test-catalogue.ts'
import { newReservationId, paymentSuccess, reservationCancelled } from './test-sales.ts'

const { url: databaseUrl, database } = await testDatabase<Database>('event')
const redis = testRedis()
const { messaging, topicPrefix, brokers } = await testMessaging()
const key = 'f4f3ad4c-7d6b-4d0c-9c8e-3c6f6d4b1a10'
const ports = { public: 0, side: 0, internal: 0 }
const at = (port: number) => `http://127.0.0.1:${port}`
let service: ChildProcess

beforeAll(async () => {
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort()
  service = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PORT: String(ports.public),
      SIDE_PORT: String(ports.side),
      INTERNAL_PORT: String(ports.internal),
      LOG_LEVEL: 'error',
      DATABASE_URL: databaseUrl,
      REDIS_URL: inject('stack').redisUrl,
      REDIS_KEY_PREFIX: redis.keyPrefix,
      KAFKA_BROKERS: brokers.join(','),
      KAFKA_TOPIC_PREFIX: topicPrefix,
      SERVICE_API_KEY: key,
      RESERVATION_INTERNAL_URL: 'http://127.0.0.1:1',
      SERVICE_API_KEYS: `gateway=${key};reservation=${key}`,
    },
  })
  await waitUntil(async () => (await fetch(`${at(ports.side)}/readyz`)).status === 200, { timeoutMs: 20_000 })
})

afterAll(async () => {
  if (service.exitCode === null) service.kill('SIGKILL')
})

test('as a process with Kafka: an event is published, its seats are sold and freed by events of any minor version, the process stops', async () => {
  const venue = await post('/venues', { name: 'KSPO DOME', address: 'Olympic-ro 424', city: 'Seoul' })
  const hall = await post(`/venues/${venue.id}/halls`, { name: 'Main', capacity: 10, seatTemplate: smallTemplate })
  const event = await post('/events', {
    title: 'LUMINA',
    artist: 'LUMINA',
    venueId: venue.id,
    hallId: hall.id,
    prices: smallPrices,
    schedules: [schedulePlan()],
  })
  await post(`/events/${event.id}/publish`)
  const scheduleId: string = event.schedules[0].id
  const { seats } = await internal(`/internal/schedules/${scheduleId}/seats`)
  const sale = { reservationId: newReservationId(), scheduleId, seatIds: [seats[3].id, seats[4].id] }
  const soldSeats = async () => (await internal(`/internal/seats/status/${scheduleId}`)).soldSeatIds

  const unread = paymentSuccess({ ...sale, reservationId: newReservationId() })
  await tell(topics.payment, { ...unread, version: 2 })
  const newer = paymentSuccess(sale)
  await tell(topics.payment, { ...newer, payload: { ...newer.payload, installments: 3 } })
  await waitUntil(async () => (await soldSeats()).length === 2, { timeoutMs: 20_000 })
  expect(await soldSeats()).toEqual(sale.seatIds)
  // As told before there were seats that come back later.
  const { withheldSeatIds: _, ...older } = reservationCancelled(sale).payload
  await tell(topics.reservation, { ...reservationCancelled(sale), payload: older })
  await waitUntil(async () => (await soldSeats()).length === 0, { timeoutMs: 20_000 })

  const letters = database.db.selectFrom('dead_letters').selectAll().where('key', '=', unread.payload.reservationId)
  await waitUntil(async () => expect(await letters.execute()).toMatchObject([{ status: 'OPEN' }]))
  // The broker is asked for the lag every 15 s, and what it has not told yet is no figure.
  await waitUntil(
    async () => {
      const figures = await (await fetch(`${at(ports.side)}/metrics`)).text()
      expect(figures).toContain('messaging_consumer_lag_messages{group="event-payment-consumer",topic="payment.events"')
      expect(figures).toContain('messaging_dead_letters_total{origin="event-payment-consumer"')
      expect(figures).toContain('outbox_oldest_unsent_age_seconds{')
    },
    { timeoutMs: 20_000 },
  )

  const unsent = database.db.selectFrom('outbox_events').select('id').where('published', '=', false)
  await waitUntil(async () => (await unsent.execute()).length === 0)
  expect((await fetch(`${at(ports.public)}/events/${event.id}`)).status).toBe(200)

  const exit = once(service, 'exit')
  service.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
})

const tell = (
  topic: (typeof topics)['payment' | 'reservation'],
  event: { payload: { reservationId: string; [field: string]: unknown }; [field: string]: unknown },
) => messaging.publishBatch(topic, [{ key: event.payload.reservationId, value: JSON.stringify(event) }])

const post = async (path: string, body?: object) => {
  const answer = await fetch(`${at(ports.public)}${path}`, {
    method: 'POST',
    headers: {
      'x-service-api-key': key,
      'x-user-id': '01890000-0000-7000-8000-0000000000ad',
      'x-user-role': 'ADMIN',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(answer.ok, path).toBe(true)
  return JSON.parse(await answer.text())
}

const internal = async (path: string) => {
  const answer = await fetch(`${at(ports.internal)}${path}`, { headers: { 'x-service-api-key': key } })
  return JSON.parse(await answer.text())
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
