import { randomUUID } from 'node:crypto'
import { createDatabase, type Database } from '@ticket-queue/database'
import { testDatabase, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { bodyOf, commitEach, eventIds, type MessageTables, paymentFailed } from '../test-events.ts'
import { addToOutbox } from '../write-outbox/add-to-outbox.ts'
import { wakeAfterCommit } from '../write-outbox/wake-after-commit.ts'
import type { RelayHooks } from './publish-batch.ts'
import type { Relay } from './relay.ts'

const { database, ownerUrl, url } = await testDatabase<MessageTables>('payment')
const { db } = database
const broker = await testBroker()
const service = 'payment'
const neverAnswers = () => new Promise<void>(() => undefined)

const unsent = async () =>
  (await db.selectFrom('outbox_events').select('id').where('published', '=', false).execute()).length

/** A pool of its own, as another process has. */
function otherPool(): Database<MessageTables> {
  const other = createDatabase<MessageTables>({ url, poolMax: 3 })
  onTestFinished(() => other.close())
  return other
}

/** A relay as another process runs it: what opens last closes first. */
function relayElsewhere(options: { standbyMs?: number; hooks?: RelayHooks } = {}): Relay {
  const other = otherPool()
  return broker.join().startRelay({ db: other.db, service, standbyMs: 50, ...options })
}

/** Ends the session that holds the relay's lock, as the death of its process does. */
async function endActiveSession(): Promise<void> {
  const owner = createDatabase<MessageTables>({ url: ownerUrl, poolMax: 1 })
  await sql`
    select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
  `.execute(owner.db)
  await owner.close()
}

test('a committed event reaches Kafka with its key, envelope and headers, and its row is marked', async () => {
  const messages = await broker.watch('payment.events')
  const event = paymentFailed()
  broker.join().startRelay({ db, service })
  await db.transaction().execute((trx) => addToOutbox(trx, event, { traceparent: '00-1-2-01' }))

  const message = await waitUntil(() => messages.find((one) => bodyOf(one).eventId === event.eventId) ?? null)
  expect(bodyOf(message)).toEqual(event)
  expect(String(message.key)).toBe(event.payload.reservationId)
  expect(
    Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])),
  ).toEqual({
    eventId: event.eventId,
    eventType: 'PaymentFailed',
    'x-request-id': 'request-1',
    traceparent: '00-1-2-01',
  })
  await waitUntil(async () => (await unsent()) === 0)
})

test('a transaction that rolls back leaves no message', async () => {
  const messages = await broker.watch('payment.events')
  broker.join().startRelay({ db, service })
  const [undone, done] = [paymentFailed(), paymentFailed()]
  const failing = db.transaction().execute(async (trx) => {
    await addToOutbox(trx, undone)
    throw new Error('the change did not happen')
  })
  await expect(failing).rejects.toThrow('did not happen')
  await commitEach(db, [done])

  await waitUntil(() => eventIds(messages).includes(done.eventId))
  expect(eventIds(messages)).not.toContain(undone.eventId)
})

test('events of one key keep their order while many writers commit and the relay runs', async () => {
  const messages = await broker.watch('payment.events')
  broker.join().startRelay({ db, service, batchSize: 7 })
  const keys = Array.from({ length: 8 }, () => randomUUID())
  await Promise.all(
    keys.map((key) =>
      commitEach(
        db,
        Array.from({ length: 25 }, (_, index) => paymentFailed(String(index), key)),
      ),
    ),
  )
  await waitUntil(async () => (await unsent()) === 0)
  const orders = () =>
    keys.map((key) => messages.filter((one) => String(one.key) === key).map((one) => bodyOf(one).payload.reason))
  await waitUntil(() => orders().every((order) => order.length >= 25))
  for (const order of orders()) expect(order).toEqual(Array.from({ length: 25 }, (_, index) => String(index)))
})

test('a row that commits after later ones have been published is still sent', async () => {
  const messages = await broker.watch('payment.events')
  broker.join().startRelay({ db, service })
  const [early, late] = [paymentFailed(), paymentFailed()]
  await db.transaction().execute(async (trx) => {
    await addToOutbox(trx, early)
    await commitEach(otherPool().db, [late])
    await waitUntil(() => eventIds(messages).includes(late.eventId))
  })
  await waitUntil(() => eventIds(messages).includes(early.eventId))
})

test('wakeAfterCommit sends at once, without waiting for the poll', async () => {
  const messages = await broker.watch('payment.events')
  const relay = broker.join().startRelay({ db, service, pollMs: 60_000 })
  await waitUntil(() => relay.isActive())
  const event = paymentFailed()
  const answer = await wakeAfterCommit(relay, db, async (trx) => {
    await addToOutbox(trx, event)
    return 'answer'
  })
  expect(answer).toBe('answer')
  await waitUntil(() => eventIds(messages).includes(event.eventId))
})

test('of two relays one is active, and the other takes over when the session of the first ends', async () => {
  const messages = await broker.watch('payment.events')
  const first = relayElsewhere()
  await waitUntil(() => first.isActive())
  const second = relayElsewhere()
  await commitEach(db, [paymentFailed(), paymentFailed()])
  await waitUntil(async () => (await unsent()) === 0)
  expect([first.isActive(), second.isActive()]).toEqual([true, false])

  await endActiveSession()
  await waitUntil(() => second.isActive() && !first.isActive())
  const event = paymentFailed()
  await commitEach(db, [event])
  await waitUntil(() => eventIds(messages).includes(event.eventId))
  expect([first.isActive(), second.isActive()]).toEqual([false, true])
})

test('a crash before the send loses nothing: the next relay sends the event, once', async () => {
  const messages = await broker.watch('payment.events')
  const event = paymentFailed()
  await commitEach(db, [event])
  let reached = false
  const beforeSend = () => {
    reached = true
    return neverAnswers()
  }
  relayElsewhere({ hooks: { beforeSend } })
  await waitUntil(() => reached)
  expect(eventIds(messages)).not.toContain(event.eventId)

  await endActiveSession()
  relayElsewhere()
  await waitUntil(async () => (await unsent()) === 0)
  await waitUntil(() => eventIds(messages).includes(event.eventId))
  expect(eventIds(messages).filter((id) => id === event.eventId)).toHaveLength(1)
})

test('a crash after the send and before the mark sends the event again', async () => {
  const messages = await broker.watch('payment.events')
  const event = paymentFailed()
  await commitEach(db, [event])
  relayElsewhere({ hooks: { afterSend: neverAnswers } })
  await waitUntil(() => eventIds(messages).includes(event.eventId))
  expect(await unsent()).toBe(1)

  await endActiveSession()
  relayElsewhere()
  await waitUntil(async () => (await unsent()) === 0)
  await waitUntil(() => eventIds(messages).filter((id) => id === event.eventId).length === 2)
})

test('close returns soon while Kafka does not answer, and frees the lock', async () => {
  const event = paymentFailed()
  await commitEach(db, [event])
  const stuck = relayElsewhere({ hooks: { beforeSend: neverAnswers } })
  await waitUntil(() => stuck.isActive())
  const startedAt = performance.now()
  await stuck.close()
  expect(performance.now() - startedAt).toBeLessThan(3000)

  relayElsewhere()
  await waitUntil(async () => (await unsent()) === 0)
})
