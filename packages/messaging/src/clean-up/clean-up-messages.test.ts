import { randomUUID } from 'node:crypto'
import { type Topic, topics } from '@ticket-queue/contracts/events'
import { testDatabase, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import type { MessageTables } from '../test-events.ts'
import { cleanUpMessages, processedDaysKept } from './clean-up-messages.ts'

const { database } = await testDatabase<MessageTables>('payment')
const { db } = database

async function fillOutbox(count: number, publishedDaysAgo: number | null): Promise<string> {
  const key = randomUUID()
  await sql`
    insert into outbox_events (aggregate_type, aggregate_id, event_type, topic, key, payload, published, published_at)
    select 'Payment', uuidv7(), 'PaymentFailed', 'payment.events', ${key}, '{}', ${publishedDaysAgo !== null},
      now() - make_interval(days => ${publishedDaysAgo}::integer)
    from generate_series(1, ${count}::integer)`.execute(db)
  return key
}

async function fillInbox(count: number, daysAgo: number): Promise<string> {
  const group = randomUUID()
  await sql`
    insert into processed_events (event_id, consumer_group, aggregate_id, event_type, processed_at)
    select uuidv7(), ${group}, uuidv7(), 'PaymentFailed', now() - make_interval(days => ${daysAgo}::integer)
    from generate_series(1, ${count}::integer)`.execute(db)
  return group
}

async function fillLetters(count: number, replayedDaysAgo: number | null): Promise<void> {
  await sql`
    insert into dead_letters (topic, error, status, replayed_at)
    select 'payment.events', 'a test', ${replayedDaysAgo === null ? 'OPEN' : 'REPLAYED'},
      now() - make_interval(days => ${replayedDaysAgo}::integer)
    from generate_series(1, ${count}::integer)`.execute(db)
}

const outboxCount = async (key: string) =>
  (await db.selectFrom('outbox_events').select('id').where('key', '=', key).execute()).length
const inboxCount = async (group: string) =>
  (await db.selectFrom('processed_events').select('event_id').where('consumer_group', '=', group).execute()).length

test('rows past their time go, in as many batches as it takes, and all others stay', async () => {
  const [old, recent, unsent] = [await fillOutbox(2500, 8), await fillOutbox(10, 6), await fillOutbox(10, null)]
  const [applied, lately] = [await fillInbox(1500, 15), await fillInbox(10, 13)]

  await fillLetters(3, 91)
  await fillLetters(2, 89)
  await fillLetters(2, null)

  expect(await cleanUpMessages(db)).toEqual({ outbox: 2500, inbox: 1500, letters: 3 })
  expect([await outboxCount(old), await outboxCount(recent), await outboxCount(unsent)]).toEqual([0, 10, 10])
  expect([await inboxCount(applied), await inboxCount(lately)]).toEqual([0, 10])
  expect(await cleanUpMessages(db)).toEqual({ outbox: 0, inbox: 0, letters: 0 })
  expect(await db.selectFrom('dead_letters').select('id').execute()).toHaveLength(4)
})

test('while letters of a group are open, the inbox remembers what their replay could apply a second time, and nothing else', async () => {
  const [group, other] = [await fillInbox(2_500, 30), await fillInbox(3, 30)]
  const inbox = db.selectFrom('processed_events').select('event_id').where('consumer_group', '=', group)
  const ids = (await inbox.limit(2).execute()).map((row) => row.event_id)
  const values = [
    JSON.stringify({ eventId: ids[0], payload: { eventId: randomUUID(), title: '콘서트' } }),
    JSON.stringify({ payload: {}, eventId: ids[1] }, null, 2),
    Buffer.from([0, 255, 92, 34]),
    null,
  ]
  const setLetters = (status: 'OPEN' | 'REPLAYED') =>
    Promise.all(
      values.map((value, offset) =>
        sql`
        insert into dead_letters (topic, partition, "offset", error, consumer_group, value, status, replayed_at)
        values ('payment.events', 0, ${offset}::bigint, 'a test', ${group}, ${value === null ? null : Buffer.from(value)}::bytea,
          ${offset === 1 && status === 'OPEN' ? 'PARKED' : status}, ${status === 'OPEN' ? null : new Date()})
        on conflict (service, consumer_group, topic, partition, "offset")
          do update set status = excluded.status, replayed_at = excluded.replayed_at`.execute(db),
      ),
    )
  await setLetters('OPEN')
  expect((await cleanUpMessages(db)).inbox).toBe(2_501)
  expect((await inbox.execute()).map((row) => row.event_id).toSorted()).toEqual(ids.toSorted())
  expect(await inboxCount(other)).toBe(0)
  await setLetters('REPLAYED')
  await cleanUpMessages(db)
  expect(await inboxCount(group)).toBe(0)
  await db.deleteFrom('dead_letters').where('consumer_group', '=', group).execute()
})

test('who publishes an outbox keeps it and the inbox clean, from the start on', async () => {
  const broker = await testBroker([])
  const [old, group] = [await fillOutbox(3, 8), await fillInbox(3, 15)]
  const [recent, lately] = [await fillOutbox(3, 6), await fillInbox(3, 13)]
  broker.join().startRelay({ db, service: 'payment' })
  await waitUntil(async () => (await outboxCount(old)) === 0 && (await inboxCount(group)) === 0)
  expect([await outboxCount(recent), await inboxCount(lately)]).toEqual([3, 3])
})

test('the inbox remembers longer than a message can come back from its topic and then its dead letter topic', () => {
  const all: readonly Topic[] = Object.values(topics)
  for (const topic of all) {
    const dead = all.find(({ name }) => name === topic.deadLetterTopic)
    if (dead === undefined) continue
    expect(processedDaysKept * 86_400_000).toBeGreaterThan(topic.retentionMs + dead.retentionMs)
  }
})
