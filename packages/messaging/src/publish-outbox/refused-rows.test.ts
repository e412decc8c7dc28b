import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { createDatabase } from '@ticket-queue/database'
import { testDatabase, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { commitEach, eventIds, type MessageTables, paymentFailed, reasonsOf } from '../test-events.ts'

const { database, ownerUrl } = await testDatabase<MessageTables>('payment')
const { db } = database
const broker = await testBroker()
const service = 'payment'

const unsent = async () =>
  (await db.selectFrom('outbox_events').select('id').where('published', '=', false).execute()).length
const lettersOf = (id: string) =>
  db.selectFrom('dead_letters').selectAll().where(sql`headers ->> 'eventId'`, '=', id).execute()

/** Puts a row into the outbox that addToOutbox would have refused. */
async function commitRaw(payload: unknown, key: string): Promise<string> {
  const id = randomUUID()
  await db
    .insertInto('outbox_events')
    .values({
      id,
      key,
      topic: 'payment.events',
      aggregate_type: 'Payment',
      aggregate_id: randomUUID(),
      event_type: 'PaymentFailed',
      payload: JSON.stringify(payload),
      headers: JSON.stringify({ eventId: id }),
    })
    .execute()
  return id
}

/** A valid event that no topic takes: 2 MB, where a topic takes 1 MB. */
const tooLarge = () => paymentFailed('x'.repeat(2_000_000))

/** An operator wants something done with a letter. */
const order = async (id: string, action: 'REPLAY' | 'DISCARD') => {
  const [letter] = await lettersOf(id)
  const of = { letter_id: String(letter?.id), service: 'payment_svc_user' }
  await db
    .insertInto('dead_letter_orders')
    .values({ ...of, action, ordered_by: randomUUID() })
    .execute()
}
const statusesOf = (key: string) =>
  db.selectFrom('dead_letters').select(['status']).where('key', '=', key).orderBy('offset').execute()

test('a message too large is tried three times, then kept in table and dead letter topic; its key waits, all others go on', async () => {
  const [messages, dead] = await Promise.all([broker.watch('payment.events'), broker.watch('dlq.payment')])
  const large = tooLarge()
  const key = large.payload.reservationId
  const before = [paymentFailed('before', key), ...Array.from({ length: 20 }, () => paymentFailed())]
  const others = Array.from({ length: 20 }, () => paymentFailed())
  await commitEach(db, [...before, large, paymentFailed('1', key), ...others, paymentFailed('2', key)])
  broker.join().startRelay({ db, service })

  await waitUntil(async () => (await unsent()) === 0, { timeoutMs: 15_000 })
  const expected = [...before, ...others].map((event) => event.eventId)
  await waitUntil(() => expected.every((id) => eventIds(messages).includes(id)))
  expect(reasonsOf(messages, key)).toEqual(['before'])
  expect((await statusesOf(key)).map(({ status }) => status)).toEqual(['OPEN', 'PARKED', 'PARKED'])

  const [letter] = await lettersOf(large.eventId)
  expect(letter).toMatchObject({ topic: 'payment.events', key, partition: null, consumer_group: null })
  expect(letter?.error).toContain('larger than the max message size')
  expect(JSON.parse(String(letter?.value))).toEqual(large)
  const sent = await waitUntil(() => dead.find((one) => String(one.headers?.['eventId']) === large.eventId) ?? null)
  expect(sent.value).toBeNull()
  expect(String(sent.headers?.['dlq-value'])).toContain('dead_letters')

  await order(large.eventId, 'DISCARD')
  await waitUntil(() => reasonsOf(messages, key).length === 3, { timeoutMs: 15_000 })
  expect(reasonsOf(messages, key)).toEqual(['before', '1', '2'])
})

test('what is written while a row of its key is a dead letter is published after it, in order, once that is replayed', async () => {
  const messages = await broker.watch('payment.events')
  const large = tooLarge()
  const key = large.payload.reservationId
  await commitEach(db, [large, paymentFailed('1', key)])
  broker.join().startRelay({ db, service })
  await waitUntil(async () => (await statusesOf(key)).length === 2, { timeoutMs: 15_000 })
  await commitEach(db, [paymentFailed('2', key), paymentFailed('3', key)])
  await waitUntil(async () => (await statusesOf(key)).length === 4, { timeoutMs: 15_000 })
  expect(reasonsOf(messages, key)).toEqual([])

  // The broker takes it now.
  const mended = { ...large, payload: { ...large.payload, reason: 'mended' } }
  const value = Buffer.from(JSON.stringify(mended))
  await db.updateTable('dead_letters').set({ value }).where('key', '=', key).where('status', '=', 'OPEN').execute()
  await order(large.eventId, 'REPLAY')
  await commitEach(db, [paymentFailed('4', key)])
  await waitUntil(() => reasonsOf(messages, key).length === 5, { timeoutMs: 15_000 })
  expect(reasonsOf(messages, key)).toEqual(['mended', '1', '2', '3', '4'])
  expect(new Set((await statusesOf(key)).map(({ status }) => status))).toEqual(new Set(['REPLAYED']))
})

test('while a refused row is still tried, the rows behind it of the same key wait and other keys go on', async () => {
  const messages = await broker.watch('payment.events')
  const large = tooLarge()
  const [behind, other] = [paymentFailed('behind', large.payload.reservationId), paymentFailed()]
  await commitEach(db, [large, behind, other])
  const deliveries: boolean[] = []
  const afterSend = async () => {
    const letters = await lettersOf(large.eventId)
    if (letters.length > 0) return
    deliveries.push(eventIds(messages).includes(behind.eventId))
    // The first batch is the large row alone, the second has the other one too.
    if (deliveries.length === 2) await waitUntil(() => eventIds(messages).includes(other.eventId))
  }
  broker.join().startRelay({ db, service, hooks: { afterSend } })

  await waitUntil(async () => (await lettersOf(behind.eventId)).length === 1, { timeoutMs: 15_000 })
  expect(deliveries).toEqual([false, false, false])
  expect(eventIds(messages)).not.toContain(behind.eventId)
  await waitUntil(async () => (await unsent()) === 0)
})

test('a payload that is no envelope becomes a dead letter, readable in the topic, and the rest flows', async () => {
  const [messages, dead] = await Promise.all([broker.watch('payment.events'), broker.watch('dlq.payment')])
  const poison = await commitRaw({ nonsense: true }, randomUUID())
  const event = paymentFailed()
  await commitEach(db, [event])
  broker.join().startRelay({ db, service })

  await waitUntil(() => eventIds(messages).includes(event.eventId))
  const sent = await waitUntil(() => dead.find((one) => String(one.headers?.['eventId']) === poison) ?? null)
  expect(JSON.parse(String(sent.value))).toEqual({ nonsense: true })
  expect(String(sent.headers?.['dlq-topic'])).toBe('payment.events')
  await waitUntil(async () => (await lettersOf(poison)).length === 1)
  expect(await unsent()).toBe(0)
})

test('rows beside one that becomes a dead letter are sent once each, though its dead letter topic is missing', async () => {
  const lacking = await testBroker([topics.payment])
  const messages = await lacking.watch('payment.events')
  const key = randomUUID()
  const poison = await commitRaw({ nonsense: true }, key)
  const behind = paymentFailed('behind', key)
  const others = Array.from({ length: 30 }, () => paymentFailed())
  await commitEach(db, [behind, ...others])
  const relay = lacking.join().startRelay({ db, service, batchSize: 10 })

  await waitUntil(async () => (await unsent()) === 0, { timeoutMs: 15_000 })
  expect((await statusesOf(key)).map(({ status }) => status)).toEqual(['OPEN', 'PARKED'])
  const last = paymentFailed()
  await commitEach(db, [last])
  relay.wake()
  const expected = [...others, last].map(({ eventId }) => eventId)
  await waitUntil(() => eventIds(messages).includes(last.eventId))
  expect(eventIds(messages).toSorted()).toEqual(expected.toSorted())
  expect(await lettersOf(poison)).toMatchObject([{ copy_due: true }])
})

test('rows beside one that the table of dead letters does not take are sent once each, and rows of its key wait', async () => {
  const messages = await broker.watch('payment.events')
  const key = randomUUID()
  const owner = createDatabase({ url: ownerUrl, poolMax: 1 })
  onTestFinished(() => owner.close())
  const name = sql.id('dead_letters_refused')
  await sql`alter table common.dead_letters add constraint ${name} check (key <> ${sql.lit(key)}) not valid`.execute(
    owner.db,
  )
  await commitRaw({ nonsense: true }, key)
  const others = Array.from({ length: 30 }, () => paymentFailed())
  await commitEach(db, [paymentFailed('behind', key), ...others])
  broker.join().startRelay({ db, service, batchSize: 10 })

  await waitUntil(async () => (await unsent()) === 2, { timeoutMs: 25_000 })
  await sql`alter table common.dead_letters drop constraint ${name}`.execute(owner.db)
  await waitUntil(async () => (await unsent()) === 0, { timeoutMs: 15_000 })
  const ours = new Set(others.map(({ eventId }) => eventId))
  expect(eventIds(messages).filter((id) => ours.has(id))).toHaveLength(30)
  expect((await statusesOf(key)).map(({ status }) => status)).toEqual(['OPEN', 'PARKED'])
})

test('an event type that this version does not know is published all the same', async () => {
  const messages = await broker.watch('payment.events')
  const event = { ...paymentFailed(), eventType: 'PaymentPostponed', version: 2, extra: 'field' }
  await commitRaw(event, event.payload.reservationId)
  broker.join().startRelay({ db, service })
  await waitUntil(() => eventIds(messages).includes(event.eventId))
})

test('a batch larger than one message may be is sent in parts, with no row blamed', async () => {
  const messages = await broker.watch('payment.events')
  const key = randomUUID()
  const events = Array.from({ length: 40 }, (_, index) => paymentFailed(`${index} ${'x'.repeat(100_000)}`, key))
  await commitEach(db, events)
  broker.join().startRelay({ db, service })
  await waitUntil(async () => (await unsent()) === 0, { timeoutMs: 15_000 })
  await waitUntil(() => reasonsOf(messages, key).length === 40)
  const rows = await db.selectFrom('outbox_events').select('retry_count').where('key', '=', key).execute()
  expect(rows.map((row) => row.retry_count)).toEqual(events.map(() => 0))
})
