import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { TransientError } from '../errors.ts'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { commitEach, paymentFailed } from '../test-events.ts'
import type { Outcome, Placed } from './placed.ts'

const { database } = await testEffects()
const { db } = database
const broker = await testBroker()
const patience = { timeoutMs: 20_000 }
const subscription = { db, topics: [topics.payment] }

/** A hook that throws the first times it is reached with an event, as if the process ended there. */
function crashes(times: number, event: { eventId: string }) {
  const crash = {
    reached: 0,
    async afterEffect(_outcome: Outcome, { message }: Placed) {
      if (!String(message.value).includes(event.eventId)) return
      crash.reached += 1
      if (crash.reached <= times) throw new Error('crash between effect and offset')
    },
  }
  return crash
}

test('a crash after the effect and before the offset is committed has no second effect', async () => {
  const event = paymentFailed()
  const hooks = crashes(2, event)
  await broker.put('payment.events', JSON.stringify(event))
  await broker.join().consume({ ...subscription, group: randomUUID(), hooks, handlers: { PaymentFailed: effect } })
  await waitUntil(() => hooks.reached >= 3, patience)
  expect(await effectsOf(db, event)).toBe(1)
})

test('control: without the inbox the same crash has the effect again', async () => {
  const event = paymentFailed()
  const hooks = crashes(2, event)
  await broker.put('payment.events', JSON.stringify(event))
  await broker.join().consumeRepeatably({
    topics: [topics.payment],
    group: randomUUID(),
    hooks,
    handlers: { PaymentFailed: (received) => db.transaction().execute((trx) => effect(trx, received)) },
  })
  await waitUntil(() => hooks.reached >= 3, patience)
  expect(await effectsOf(db, event)).toBeGreaterThanOrEqual(2)
})

test('a message that ends its process each time is put aside after three starts; its key waits, all others go on', async () => {
  const [killer, behind, other] = [paymentFailed(), paymentFailed(), paymentFailed()]
  const group = randomUUID()
  const ends = { count: 0 }
  const hooks = {
    async afterStart({ message }: Placed) {
      if (!String(message.value).includes(killer.eventId)) return
      ends.count += 1
      throw new Error('out of memory')
    },
  }
  const messages = [
    { key: 'sick', event: killer },
    { key: 'sick', event: behind },
    { key: 'healthy', event: other },
  ]
  const single = await testBroker([{ ...topics.payment, partitions: 1 }, topics.deadPayment])
  // What has been applied before it is met again by every process, and is no sign of progress.
  await single.put('payment.events', JSON.stringify(paymentFailed()), 'before')
  for (const { key, event } of messages) await single.put('payment.events', JSON.stringify(event), key)
  await single.join().consume({ ...subscription, group, hooks, handlers: { PaymentFailed: effect } })

  await waitUntil(async () => (await effectsOf(db, other)) === 1, patience)
  const letters = await db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()
  expect(letters.map(({ key, status }) => `${key} ${status}`)).toEqual(['sick OPEN', 'sick PARKED'])
  expect(letters[0]?.error).toContain('3 times')
  expect(ends.count).toBeGreaterThanOrEqual(3)
  expect(await effectsOf(db, killer)).toBe(0)
})

test('a message that waits is not taken for one that ends its process, however many processes have begun it', async () => {
  const event = paymentFailed()
  const group = randomUUID()
  let away = true
  let tries = 0
  await broker.put('payment.events', JSON.stringify(event))
  const start = () =>
    broker.join().consume({
      ...subscription,
      group,
      maxAttempts: 1,
      handlers: {
        async PaymentFailed(trx, received) {
          if (received.eventId === event.eventId) {
            tries += 1
            if (away) throw new TransientError('away')
          }
          await effect(trx, received)
        },
      },
    })
  for (let lives = 0; lives < 5; lives += 1) {
    const [before, consumer] = [tries, await start()]
    await waitUntil(() => tries > before, patience)
    await consumer.close()
  }
  away = false
  await start()
  await waitUntil(async () => (await effectsOf(db, event)) === 1, patience)
})

test('a handler that fails halfway leaves neither effect nor inbox row, and succeeds at the next try', async () => {
  const event = paymentFailed()
  const group = randomUUID()
  let tries = 0
  await broker.put('payment.events', JSON.stringify(event))
  await broker.join().consume({
    ...subscription,
    group,
    handlers: {
      async PaymentFailed(trx, received) {
        await effect(trx, received)
        if (received.eventId !== event.eventId) return
        tries += 1
        if (tries < 3) throw new Error('halfway')
      },
    },
  })
  await waitUntil(async () => (await effectsOf(db, event)) > 0, patience)
  expect(tries).toBe(3)
  expect(await effectsOf(db, event)).toBe(1)
  expect(await db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()).toEqual([])
})

test('events applied while members of the group come and go have one effect each', async () => {
  const group = randomUUID()
  const events = Array.from({ length: 150 }, () => paymentFailed())
  const join = () => broker.join().consume({ ...subscription, group, handlers: { PaymentFailed: effect } })
  broker.join().startRelay({ db, service: 'payment', batchSize: 10 })
  const first = await join()
  await waitUntil(() => first.ready(), patience)
  await commitEach(db, events.slice(0, 50))
  const second = await join()
  await commitEach(db, events.slice(50, 100))
  await waitUntil(() => second.ready(), patience)
  await first.close()
  await commitEach(db, events.slice(100))

  const counts = () => Promise.all(events.map((event) => effectsOf(db, event)))
  await waitUntil(async () => (await counts()).every((count) => count > 0), patience)
  expect(new Set(await counts())).toEqual(new Set([1]))
})

test('partitions of a member that stops without leaving are taken over within its session time', async () => {
  const group = randomUUID()
  const { promise: stopped, resolve: resume } = Promise.withResolvers<void>()
  const inbox = () => db.selectFrom('processed_events').selectAll().where('consumer_group', '=', group).execute()
  const [event, key] = [paymentFailed(), 'one partition']
  await broker.put('payment.events', JSON.stringify(paymentFailed()), key)
  const hooks = { afterEffect: () => stopped }
  await broker.join().consume({ ...subscription, group, hooks, handlers: { PaymentFailed: effect } })
  await waitUntil(async () => (await inbox()).length > 0, patience)

  await broker.join().consume({ ...subscription, group, handlers: { PaymentFailed: effect } })
  await broker.put('payment.events', JSON.stringify(event), key)
  await waitUntil(async () => (await effectsOf(db, event)) === 1, { timeoutMs: 15_000 })
  resume()
})
