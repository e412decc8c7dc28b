import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import type { IHeaders } from 'kafkajs'
import { expect, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { paymentFailed } from '../test-events.ts'
import { storeDeadLetter } from './write-dead-letter.ts'

const { database } = await testEffects()
const { db } = database
const patience = { timeoutMs: 20_000 }
const onePartition = { ...topics.payment, partitions: 1 }

const lettersOf = (group: string) =>
  db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()
const dueOf = async (group: string) => (await lettersOf(group)).filter((letter) => letter.copy_due).length

/** Writes a letter of a message that came at `offset` of a topic. */
const bury = (group: string, topic: (typeof topics)['payment' | 'event'], offset: number, headers: IHeaders = {}) =>
  storeDeadLetter(
    db,
    {
      ...{ group, topic, headers, partition: 0, offset: String(offset), eventType: 'PaymentFailed', error: 'a test' },
      ...{ key: Buffer.from('key'), value: Buffer.from(`letter ${offset}`) },
    },
    'OPEN',
  )

test('while a dead letter topic is missing its partition goes on, and the copy comes from the row when it is there', async () => {
  const broker = await testBroker([onePartition])
  const group = randomUUID()
  await broker.put('payment.events', 'no JSON', 'poisoned', { origin: 'elsewhere' })
  const good = Array.from({ length: 5 }, () => paymentFailed())
  for (const event of good) await broker.put('payment.events', JSON.stringify(event), event.payload.reservationId)
  const messaging = broker.join()
  await messaging.consume({ db, group, topics: [topics.payment], handlers: { PaymentFailed: effect } })

  for (const event of good) await waitUntil(async () => (await effectsOf(db, event)) === 1, patience)
  const [letter] = await lettersOf(group)
  expect(letter).toMatchObject({ status: 'OPEN', copy_due: true })
  await waitUntil(async () => (await broker.committed(group, 'payment.events')) === 6, patience)
  // What wrote the row has ended before its copy could be sent.
  await messaging.close()

  broker.join().startRelay({ db, service: 'payment' })
  await broker.messaging.createTopics()
  await waitUntil(async () => (await dueOf(group)) === 0, patience)
  const dead = await broker.watch('dlq.payment')
  await waitUntil(() => dead.length > 0)
  expect(dead.map(({ key, value }) => [String(key), String(value)])).toEqual([['poisoned', 'no JSON']])
  const headers = Object.entries(dead[0]?.headers ?? {}).map(([name, value]) => [name, String(value)])
  expect(Object.fromEntries(headers)).toEqual({
    origin: 'elsewhere',
    'dlq-topic': 'payment.events',
    'dlq-error': letter?.error,
    'dlq-consumer-group': group,
    'dlq-partition': '0',
    'dlq-offset': '0',
  })
})

test('letters whose topic is missing keep no letter of another topic waiting', async () => {
  const broker = await testBroker([topics.deadEvent])
  const group = randomUUID()
  for (let offset = 0; offset < 5; offset += 1) await bury(group, topics.payment, offset)
  await bury(group, topics.event, 5)
  broker.join().startRelay({ db, service: 'payment' })
  const dead = await broker.watch('dlq.event')
  await waitUntil(() => dead.some(({ value }) => String(value) === 'letter 5'), patience)
  await waitUntil(async () => (await dueOf(group)) === 5)
  await broker.messaging.createTopics()
  await waitUntil(async () => (await dueOf(group)) === 0, patience)
})

test('a letter that its topic refuses even without its value is in the table only, and the next is copied', async () => {
  const broker = await testBroker([topics.deadPayment])
  const group = randomUUID()
  await bury(group, topics.payment, 0, { large: 'x'.repeat(2_000_000) })
  await bury(group, topics.payment, 1)
  broker.join().startRelay({ db, service: 'payment' })
  await waitUntil(async () => (await dueOf(group)) === 0, patience)
  const dead = await broker.watch('dlq.payment')
  await waitUntil(() => dead.length > 0)
  expect(dead.map(({ value }) => String(value))).toEqual(['letter 1'])
})
