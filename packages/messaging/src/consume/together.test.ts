import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import type { Transaction } from 'kysely'
import { expect, test } from 'vitest'
import { PermanentError } from '../errors.ts'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { type EventOf, type MessageTables, paymentFailed } from '../test-events.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'
import type { Placed } from './placed.ts'

const { database } = await testEffects()
const { db } = database
const broker = await testBroker(Object.values(topics).map((topic) => ({ ...topic, partitions: 1 })))
const patience = { timeoutMs: 20_000 }
type Failed = EventOf<'PaymentFailed'>

const lettersOf = (group: string) =>
  db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()
const putAll = (events: readonly Failed[]) =>
  broker.messaging.publishBatch(
    topics.payment,
    events.map((event) => ({ key: event.payload.reservationId, value: JSON.stringify(event) })),
  )

/** A group that takes up to `eventsMax` at once; `fails` says of which events neither way can be applied. */
async function startGroup(
  options: {
    eventsMax?: number
    takes?: (event: OutgoingEvent) => boolean
    fails?: (event: OutgoingEvent) => boolean
    afterEffect?: (placed: Placed) => void
  } = {},
) {
  const group = randomUUID()
  const seen: string[] = []
  const sizes: number[] = []
  const applyOne = async (trx: Transaction<MessageTables>, event: OutgoingEvent) => {
    await effect(trx, event)
    if (options.fails?.(event)) throw new PermanentError('never')
  }
  const consumer = await broker.join().consume({
    group,
    db,
    topics: [topics.payment],
    hooks: { afterEffect: async (_outcome, placed) => options.afterEffect?.(placed) },
    handlers: {
      async PaymentFailed(trx, event) {
        await applyOne(trx, event)
        seen.push(event.eventId)
      },
    },
    together: {
      eventsMax: options.eventsMax ?? 10,
      takes: options.takes ?? (() => true),
      async apply(trx, events) {
        for (const event of events) await applyOne(trx, event)
        sizes.push(events.length)
        seen.push(...events.map(({ eventId }) => eventId))
      },
    },
  })
  return { group, seen, sizes, consumer }
}

test('events that wait are applied together, at most as many as said, in order, once each', async () => {
  const events = Array.from({ length: 45 }, () => paymentFailed())
  await putAll(events)
  await putAll(events.slice(0, 30))
  const { group, seen, sizes } = await startGroup()
  const last = paymentFailed()
  await putAll([last])
  await waitUntil(async () => (await effectsOf(db, last)) === 1, patience)
  for (const event of events) expect(await effectsOf(db, event)).toBe(1)
  const ours = new Set(events.map(({ eventId }) => eventId))
  expect(seen.filter((id) => ours.has(id))).toEqual(events.map(({ eventId }) => eventId))
  expect(Math.max(...sizes)).toBeGreaterThan(1)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(10)
  await waitUntil(async () => (await broker.committed(group, 'payment.events')) >= 76)
})

test.each([
  ['cannot be applied', null],
  ['is not JSON', '{"eventId": '],
])('one among many that %s goes to the dead letters alone, and all others are applied in order', async (_, broken) => {
  const events = Array.from({ length: 20 }, () => paymentFailed())
  const wrong = events[7] ?? paymentFailed()
  await putAll(events.slice(0, 7))
  if (broken === null) await putAll([wrong])
  else await broker.put('payment.events', broken, randomUUID())
  await putAll(events.slice(8))
  const { group, seen } = await startGroup({ fails: ({ eventId }) => eventId === wrong.eventId })
  const others = events.filter((event) => event !== wrong)
  await waitUntil(async () => (await effectsOf(db, others.at(-1) ?? wrong)) === 1, patience)
  for (const event of others) expect(await effectsOf(db, event)).toBe(1)
  expect(await effectsOf(db, wrong)).toBe(0)
  const ours = new Set(others.map(({ eventId }) => eventId))
  const applied = seen.filter((id) => ours.has(id))
  // What was rolled back together was seen before it was applied alone.
  expect([...new Set(applied.toReversed())].toReversed()).toEqual(others.map(({ eventId }) => eventId))
  const letters = await lettersOf(group)
  const own = letters.filter(({ value }) => String(value) === (broken ?? JSON.stringify(wrong)))
  expect(own).toHaveLength(1)
})

test('an event that must be alone goes through its handler in its place, and the others together', async () => {
  const events = Array.from({ length: 20 }, (_, index) => paymentFailed(index === 9 ? 'alone' : 'declined'))
  await putAll(events)
  const { seen, sizes } = await startGroup({
    takes: ({ payload }) => !('reason' in payload) || payload.reason !== 'alone',
  })
  await waitUntil(async () => (await effectsOf(db, events.at(-1) ?? paymentFailed())) === 1, patience)
  const ours = new Set(events.map(({ eventId }) => eventId))
  expect(seen.filter((id) => ours.has(id))).toEqual(events.map(({ eventId }) => eventId))
  expect(Math.max(...sizes)).toBeGreaterThan(1)
})

test('a crash after the effects and before their offsets has no second effect', async () => {
  const events = Array.from({ length: 12 }, () => paymentFailed())
  await putAll(events)
  let crashes = 0
  const { sizes } = await startGroup({
    afterEffect({ message }) {
      if (!String(message.value).includes(events[5]?.eventId ?? '') || crashes >= 2) return
      crashes += 1
      throw new Error('crash between effect and offset')
    },
  })
  await waitUntil(() => crashes === 2, patience)
  const last = paymentFailed()
  await putAll([last])
  await waitUntil(async () => (await effectsOf(db, last)) === 1, patience)
  expect(Math.max(...sizes)).toBeGreaterThan(1)
  for (const event of events) expect(await effectsOf(db, event)).toBe(1)
})

test('members of a group that come and go apply each event once', async () => {
  const events = Array.from({ length: 200 }, () => paymentFailed())
  const first = await startGroup({ eventsMax: 20 })
  await waitUntil(() => first.consumer.ready(), patience)
  await putAll(events.slice(0, 100))
  await first.consumer.close()
  await putAll(events.slice(100))
  const second = await broker.join().consume({
    group: first.group,
    db,
    topics: [topics.payment],
    handlers: { PaymentFailed: effect },
    together: {
      eventsMax: 20,
      async apply(trx, together) {
        for (const event of together) await effect(trx, event)
      },
    },
  })
  const counts = () => Promise.all(events.map((event) => effectsOf(db, event)))
  await waitUntil(async () => (await counts()).every((count) => count > 0), patience)
  expect(new Set(await counts())).toEqual(new Set([1]))
  await second.close()
})
