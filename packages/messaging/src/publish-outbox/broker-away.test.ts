import { randomUUID } from 'node:crypto'
import { testDatabase, waitUntil } from '@ticket-queue/testing'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { commitEach, eventIds, type MessageTables, paymentFailed, reasonsOf } from '../test-events.ts'
import { testProxy } from '../test-proxy.ts'

const { database } = await testDatabase<MessageTables>('payment')
const { db } = database
const broker = await testBroker()
const service = 'payment'
const patience = { timeoutMs: 20_000 }

const unsent = async () =>
  (await db.selectFrom('outbox_events').select('id').where('published', '=', false).execute()).length
const refusals = async () =>
  (await db.selectFrom('outbox_events').select('id').where('retry_count', '>', 0).execute()).length +
  (await db.selectFrom('dead_letters').select('error').execute()).length

async function figure(metrics: Registry, name: string, labels: Record<string, string>): Promise<number> {
  const metric = await metrics.getSingleMetric(name)?.get()
  const found = metric?.values.find((one) =>
    Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  )
  return found?.value ?? 0
}

test('a broker that is away counts against no row, and everything drains in order when it is back', async () => {
  const messages = await broker.watch('payment.events')
  const proxy = await testProxy(broker.address)
  const metrics = new Registry()
  proxy.set('away')
  const key = randomUUID()
  const events = Array.from({ length: 30 }, (_, index) => paymentFailed(String(index), key))
  await commitEach(db, events)
  broker.join({ socketFactory: proxy.socketFactory, metrics }).startRelay({ db, service })

  const failures = () => figure(metrics, 'outbox_publish_failures_total', { service, cause: 'broker' })
  await waitUntil(async () => (await failures()) >= 3, patience)
  expect(await unsent()).toBe(30)
  expect(await refusals()).toBe(0)
  expect(await figure(metrics, 'outbox_unsent_events', { service })).toBe(30)
  expect(await figure(metrics, 'outbox_oldest_unsent_age_seconds', { service })).toBeGreaterThan(0)

  proxy.set('pass')
  await waitUntil(async () => (await unsent()) === 0, patience)
  await waitUntil(() => reasonsOf(messages, key).length === 30)
  expect(reasonsOf(messages, key)).toEqual(events.map((_, index) => String(index)))
  expect(await refusals()).toBe(0)
})

test('a broker that goes away while the relay works loses no event and blames none', async () => {
  const messages = await broker.watch('payment.events')
  const proxy = await testProxy(broker.address)
  broker.join({ socketFactory: proxy.socketFactory }).startRelay({ db, service, batchSize: 5 })
  const events = Array.from({ length: 60 }, () => paymentFailed())
  await commitEach(db, events.slice(0, 20))
  await waitUntil(() => eventIds(messages).some((id) => id === events[0]?.eventId))
  proxy.set('away')
  await commitEach(db, events.slice(20))
  proxy.set('pass')

  await waitUntil(async () => (await unsent()) === 0, patience)
  await waitUntil(() => events.every((event) => eventIds(messages).includes(event.eventId)))
  expect(await refusals()).toBe(0)
})

test('answers lost after the broker has kept a batch repeat messages and lose none, also of the next batch', async () => {
  const messages = await broker.watch('payment.events')
  const proxy = await testProxy(broker.address)
  const metrics = new Registry()
  broker.join({ socketFactory: proxy.socketFactory, metrics }).startRelay({ db, service })
  const [warmUp, first, second] = [paymentFailed(), paymentFailed(), paymentFailed()]
  await commitEach(db, [warmUp])
  await waitUntil(async () => (await unsent()) === 0)

  proxy.set('lose-answers')
  await commitEach(db, [first])
  await waitUntil(() => eventIds(messages).includes(first.eventId))
  const failures = () => figure(metrics, 'outbox_publish_failures_total', { service, cause: 'broker' })
  await waitUntil(async () => (await failures()) > 0, patience)
  // Another row instead of the first makes a batch of the same size, which the broker must not take for a repeat.
  await db.deleteFrom('outbox_events').where('id', '=', first.eventId).execute()
  await commitEach(db, [{ ...second, payload: { ...second.payload, reservationId: first.payload.reservationId } }])
  proxy.set('pass')

  await waitUntil(() => eventIds(messages).includes(second.eventId), patience)
  await waitUntil(async () => (await unsent()) === 0)
  expect(await refusals()).toBe(0)
  expect(proxy.lost()).toBeGreaterThan(0)
})
