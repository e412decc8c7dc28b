import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { PermanentError, TransientError } from '../errors.ts'
import { effectsOf } from '../test-effects.ts'
import { paymentFailed } from '../test-events.ts'
import { type Failed, idsOf, lane, poison, testLetters } from './test-letters.ts'

const { db, broker, put, startGroup, give, ordersOf } = await testLetters()
const patience = { timeoutMs: 15_000 }

test.each([
  ['one by one', false],
  ['together', true],
])('a poisoned event parks its key in order, %s, all other keys flow, and a replay ends it', async (_, isTogether) => {
  const group = await startGroup({ isTogether })
  const [sick, healthy] = [lane(4), lane(12)]
  const [first, ...later] = sick
  if (first === undefined) throw new Error('the lane is empty')
  group.failures.set(first.eventId, poison)
  // Mixed, so that every batch has both keys.
  await put([...sick.slice(0, 2), ...healthy.slice(0, 4), ...sick.slice(2), ...healthy.slice(4)])

  await waitUntil(async () => (await group.letters()).length === 4, patience)
  const healthySeen = () => group.seen.filter((id) => idsOf(healthy).includes(id))
  await waitUntil(() => healthySeen().length >= healthy.length, patience)
  expect(healthySeen()).toEqual(idsOf(healthy))
  expect((await group.letters()).map(({ status, event_type: type }) => `${type} ${status}`)).toEqual([
    'PaymentFailed OPEN',
    ...later.map(() => 'PaymentFailed PARKED'),
  ])
  for (const event of sick) expect(await effectsOf(db, event)).toBe(0)

  // The mistake is mended, and an impatient operator says so twice.
  group.failures.clear()
  const triesBefore = group.tries.length
  await give(group, first)
  await give(group, first)
  await waitUntil(async () => (await group.letters()).every(({ status }) => status === 'REPLAYED'), patience)
  expect(group.tries.slice(triesBefore)).toEqual(idsOf(sick))
  for (const event of sick) expect(await effectsOf(db, event)).toBe(1)
  expect(await ordersOf(group)).toEqual([{ action: 'REPLAY', outcome: 'DONE', error: null }])

  const [next] = lane(1)
  const after = {
    ...(next as Failed),
    payload: { ...(next as Failed).payload, reservationId: first.payload.reservationId },
  }
  await put([after])
  await waitUntil(async () => (await effectsOf(db, after)) === 1, patience)
  expect(await group.letters()).toHaveLength(4)
})

test('control: a group without letters to look at lets later events of the key pass the poisoned one', async () => {
  const [first, second] = lane(2) as [Failed, Failed]
  const seen: string[] = []
  await put([first, second])
  await broker.join().consumeRepeatably({
    group: randomUUID(),
    topics: [topics.payment],
    handlers: {
      async PaymentFailed(event) {
        if (event.eventId === first.eventId) throw poison
        seen.push(event.eventId)
      },
    },
  })
  await waitUntil(() => seen.includes(second.eventId), patience)
})

test('what is ordered and cannot be applied stays a dead letter with the new error, and what is parked stays parked', async () => {
  const group = await startGroup()
  const [first, second] = lane(2) as [Failed, Failed]
  group.failures.set(first.eventId, poison)
  await put([first, second])
  await waitUntil(async () => (await group.statusOf(second)) === 'PARKED', patience)

  group.failures.set(first.eventId, new PermanentError('still nobody'))
  await give(group, first)
  await waitUntil(async () => (await ordersOf(group)).some(({ outcome }) => outcome === 'FAILED'), patience)
  expect(await group.letterOf(first)).toMatchObject({ status: 'OPEN', error: 'PermanentError: still nobody' })
  expect(await group.statusOf(second)).toBe('PARKED')
  expect(await ordersOf(group)).toEqual([
    { action: 'REPLAY', outcome: 'FAILED', error: 'PermanentError: still nobody' },
  ])
})

test('a discarded letter lets what is parked behind it go on, and a second poisoned one becomes the dead letter', async () => {
  const group = await startGroup()
  const [first, second, third, fourth] = lane(4) as [Failed, Failed, Failed, Failed]
  group.failures.set(first.eventId, poison).set(third.eventId, poison)
  await put([first, second, third, fourth])
  await waitUntil(async () => (await group.statusOf(fourth)) === 'PARKED', patience)

  await give(group, first, 'DISCARD')
  await waitUntil(async () => (await group.statusOf(third)) === 'OPEN', patience)
  expect(await Promise.all([first, second, third, fourth].map(group.statusOf))).toEqual([
    'DISCARDED',
    'REPLAYED',
    'OPEN',
    'PARKED',
  ])
  expect(await Promise.all([first, second].map((event) => effectsOf(db, event)))).toEqual([0, 1])
})

test('an event whose effect is there is not applied again by a replay', async () => {
  const group = await startGroup()
  const [event] = lane(1) as [Failed]
  group.failures.set(event.eventId, poison)
  await put([event])
  await waitUntil(async () => (await group.statusOf(event)) === 'OPEN', patience)
  // The publisher sends it again in another message, which no letter of its key holds back: it has none.
  group.failures.clear()
  await broker.messaging.publishBatch(topics.payment, [{ key: randomUUID(), value: JSON.stringify(event) }])
  await waitUntil(async () => (await effectsOf(db, event)) === 1, patience)
  await give(group, event)
  await waitUntil(async () => (await group.statusOf(event)) === 'REPLAYED', patience)
  expect(await effectsOf(db, event)).toBe(1)
})

test('while something is away a replay waits, and letters of other keys are replayed meanwhile', async () => {
  const group = await startGroup()
  const [[waiting], [other]] = [lane(1), lane(1)] as [[Failed], [Failed]]
  for (const { eventId } of [waiting, other]) group.failures.set(eventId, poison)
  await put([waiting, other])
  await waitUntil(async () => (await group.letters()).length === 2, patience)
  group.failures.delete(other.eventId)
  group.failures.set(waiting.eventId, new TransientError('away'))
  await give(group, waiting)
  await give(group, other)
  await waitUntil(async () => (await group.statusOf(other)) === 'REPLAYED', patience)
  expect(await group.statusOf(waiting)).toBe('OPEN')
  group.failures.clear()
  await waitUntil(async () => (await group.statusOf(waiting)) === 'REPLAYED', patience)
})

test('two members that replay at the same time have each effect once, in order per key', async () => {
  const group = await startGroup({ members: 2 })
  const lanes = Array.from({ length: 6 }, () => lane(5))
  for (const [first] of lanes) if (first) group.failures.set(first.eventId, poison)
  await put(lanes.flat())
  await waitUntil(async () => (await group.letters()).length === 30, patience)
  group.failures.clear()
  const triesBefore = group.tries.length
  for (const [first] of lanes) if (first) await give(group, first)
  await waitUntil(async () => (await group.letters()).every(({ status }) => status === 'REPLAYED'), patience)
  for (const events of lanes) {
    const ids = idsOf(events)
    expect(group.tries.slice(triesBefore).filter((id) => ids.includes(id))).toEqual(ids)
    for (const event of events) expect(await effectsOf(db, event)).toBe(1)
  }
})

test('a letter that the relay gave up is published when it is ordered, under its own event ID', async () => {
  const event = paymentFailed()
  const [letter] = await db
    .insertInto('dead_letters')
    .values({
      topic: 'payment.events',
      key: event.payload.reservationId,
      value: Buffer.from(JSON.stringify(event)),
      headers: JSON.stringify({ 'x-request-id': 'request-9' }) as never,
      error: 'too large for the broker of that day',
      event_type: event.eventType,
      partition: null,
      offset: null,
      consumer_group: null,
    })
    .returning('id')
    .execute()
  const messages = await broker.watch('payment.events')
  broker.join().startRelay({ db, service: 'payment' })
  await db
    .insertInto('dead_letter_orders')
    .values({ letter_id: String(letter?.id), service: 'payment_svc_user', action: 'REPLAY', ordered_by: randomUUID() })
    .execute()
  const sent = await waitUntil(
    () => messages.find(({ value }) => String(value).includes(event.eventId)) ?? null,
    patience,
  )
  expect(JSON.parse(String(sent.value))).toEqual(event)
  expect(String(sent.headers?.['x-request-id'])).toBe('request-9')
})
