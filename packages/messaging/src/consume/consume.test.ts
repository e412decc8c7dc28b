import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { commitEach, paymentFailed } from '../test-events.ts'
import type { EventContext } from './consume.ts'

const { database } = await testEffects()
const { db } = database
const broker = await testBroker()
const patience = { timeoutMs: 15_000 }

test('an event goes from a committed transaction to its effect, in order per reservation, and the offset follows', async () => {
  const group = randomUUID()
  const keys: string[] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
  const events = Array.from({ length: 40 }, (_, index) => paymentFailed(String(index), keys[index % keys.length]))
  const seen: string[] = []
  const messaging = broker.join()
  messaging.startRelay({ db, service: 'payment' })
  const consumer = await messaging.consume({
    group,
    db,
    topics: [topics.payment],
    handlers: {
      async PaymentFailed(trx, event) {
        await effect(trx, event)
        const key = event.payload.reservationId
        if (keys.includes(key)) seen.push(`${key} ${event.payload.reason}`)
      },
    },
  })
  await waitUntil(() => consumer.ready(), patience)
  await commitEach(db, events)

  await waitUntil(() => seen.length >= 40, patience)
  for (const [position, key] of keys.entries()) {
    const reasons = seen.filter((line) => line.startsWith(key)).map((line) => Number(line.split(' ')[1]))
    expect(reasons).toEqual(Array.from({ length: 10 }, (_, index) => index * keys.length + position))
  }
  await waitUntil(async () => (await broker.committed(group, 'payment.events')) >= 40)
  for (const event of events) expect(await effectsOf(db, event)).toBe(1)
})

test('a member that leaves has committed the offset of all that it has applied, though commits are a second apart', async () => {
  const group = randomUUID()
  const consumer = await broker
    .join()
    .consume({ db, group, topics: [topics.payment], handlers: { PaymentFailed: effect } })
  await waitUntil(() => consumer.ready(), patience)
  const events = Array.from({ length: 8 }, (_, index) => paymentFailed(String(index)))
  const before = await broker.committed(group, 'payment.events')
  for (const event of events) {
    await broker.put('payment.events', JSON.stringify(event), 'one key')
    await waitUntil(async () => (await effectsOf(db, event)) === 1, patience)
  }
  await consumer.close()
  const after = await broker.committed(group, 'payment.events')
  expect(after - before).toBeGreaterThanOrEqual(events.length)
})

test('an event that arrives twice has one effect per group, and every group has its own', async () => {
  const metrics = new Registry()
  const event = paymentFailed()
  const [one, other] = [randomUUID(), randomUUID()]
  const messaging = broker.join({ metrics })
  for (const group of [one, other]) {
    await messaging.consume({ group, db, topics: [topics.payment], handlers: { PaymentFailed: effect } })
  }
  await broker.put('payment.events', JSON.stringify(event))
  await broker.put('payment.events', JSON.stringify(event))
  const repeated = async (group: string) =>
    (await metrics.getSingleMetric('messaging_consumed_total')?.get())?.values.find(
      ({ labels }) => labels['group'] === group && labels['outcome'] === 'repeated',
    )?.value ?? 0
  await waitUntil(async () => (await repeated(one)) >= 1 && (await repeated(other)) >= 1, patience)
  expect(await effectsOf(db, event)).toBe(2)
})

test('an event type without a handler is passed over, whatever its payload and version', async () => {
  const group = randomUUID()
  const event = paymentFailed()
  await broker.put(
    'payment.events',
    JSON.stringify({ ...paymentFailed(), eventType: 'Unheard', version: 9, payload: 1 }),
  )
  await broker.put('payment.events', JSON.stringify(event))
  await broker.join().consume({ group, db, topics: [topics.payment], handlers: { PaymentFailed: effect } })
  await waitUntil(async () => (await effectsOf(db, event)) === 1, patience)
  expect(await db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()).toEqual([])
})

test('fields that this version does not know are accepted', async () => {
  const event = paymentFailed()
  const newer = { ...event, region: 'kr', payload: { ...event.payload, installments: 3 } }
  await broker.put('payment.events', JSON.stringify(newer))
  await broker.join().consume({
    group: randomUUID(),
    db,
    topics: [topics.payment],
    handlers: { PaymentFailed: effect },
  })
  await waitUntil(async () => (await effectsOf(db, event)) === 1, patience)
})

test('a handler gets the request ID and trace context of the publisher', async () => {
  const event = paymentFailed()
  const contexts: EventContext[] = []
  await broker.put('payment.events', JSON.stringify(event), 'key', {
    'x-request-id': 'request-9',
    traceparent: '00-a-b-01',
  })
  await broker.join().consume({
    group: randomUUID(),
    db,
    topics: [topics.payment],
    handlers: {
      async PaymentFailed(_trx, received, context) {
        if (received.eventId === event.eventId) contexts.push(context)
      },
    },
  })
  await waitUntil(() => contexts.length > 0, patience)
  expect(contexts).toEqual([{ requestId: 'request-9', traceparent: '00-a-b-01' }])
})

test('who waits for the commit of an effect is told once it can be read', async () => {
  const event = paymentFailed('told')
  const read: Promise<number>[] = []
  let handled = false
  const consumer = await broker.join().consume({
    db,
    group: randomUUID(),
    topics: [topics.payment],
    handlers: {
      async PaymentFailed(trx, failed) {
        await effect(trx, failed)
        handled ||= failed.eventId === event.eventId
      },
    },
    afterCommit: () => {
      if (handled) read.push(effectsOf(db, event))
    },
  })
  await waitUntil(() => consumer.ready(), patience)
  await broker.put('payment.events', JSON.stringify(event), 'told')
  await waitUntil(() => read.length > 0, patience)
  expect(await read[0]).toBe(1)
  await consumer.close()
})

test('a service without a database applies events too', async () => {
  const event = paymentFailed()
  const seen: string[] = []
  await broker.put('payment.events', JSON.stringify(event))
  await broker.join().consumeRepeatably({
    group: randomUUID(),
    topics: [topics.payment],
    handlers: { PaymentFailed: async ({ eventId }) => void seen.push(eventId) },
  })
  await waitUntil(() => seen.includes(event.eventId), patience)
})
