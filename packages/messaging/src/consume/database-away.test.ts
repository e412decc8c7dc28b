import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { createDatabase } from '@ticket-queue/database'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { TransientError } from '../errors.ts'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { type MessageTables, paymentFailed } from '../test-events.ts'
import { testProxy } from '../test-proxy.ts'

const { database, url } = await testEffects()
const { db } = database
const broker = await testBroker()
const patience = { timeoutMs: 25_000 }

async function countOf(metrics: Registry, group: string, outcome: string): Promise<number> {
  const metric = await metrics.getSingleMetric('messaging_consumed_total')?.get()
  const found = metric?.values.find(({ labels }) => labels['group'] === group && labels['outcome'] === outcome)
  return found?.value ?? 0
}

test('while the database is away messages wait, none becomes a dead letter, and all are applied in order when it is back', async () => {
  const direct = new URL(url)
  const proxy = await testProxy(direct.host)
  const viaProxy = new URL(url)
  viaProxy.hostname = '127.0.0.1'
  viaProxy.port = String(proxy.port)
  const away = createDatabase<MessageTables>({ url: viaProxy.href, poolMax: 4 })
  onTestFinished(() => away.close())
  const group = randomUUID()
  const metrics = new Registry()
  const events = Array.from({ length: 6 }, () => paymentFailed())
  const seen: string[] = []
  proxy.set('away')
  for (const event of events) await broker.put('payment.events', JSON.stringify(event), 'one partition')
  await broker.join({ metrics }).consume({
    group,
    db: away.db,
    topics: [topics.payment],
    // Not even the least patience gives a message up for what is away.
    patienceMs: 0,
    handlers: {
      async PaymentFailed(trx, event) {
        await effect(trx, event)
        seen.push(event.eventId)
      },
    },
  })
  await waitUntil(async () => (await countOf(metrics, group, 'postponed')) >= 2, patience)
  proxy.set('pass')

  await waitUntil(async () => (await effectsOf(db, events[5] ?? paymentFailed())) === 1, patience)
  const ours = new Set(events.map((event) => event.eventId))
  expect(seen.filter((id) => ours.has(id))).toEqual(events.map((event) => event.eventId))
  expect(await db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()).toEqual([])
  expect(await countOf(metrics, group, 'retried')).toBeGreaterThanOrEqual(2)
})

test('a TransientError keeps the message waiting past every try, and other partitions go on', async () => {
  const group = randomUUID()
  const metrics = new Registry()
  const waiting = paymentFailed()
  let away = true
  const join = broker.join({ metrics })
  await join.consume({
    group,
    db,
    topics: [topics.payment],
    patienceMs: 0,
    handlers: {
      async PaymentFailed(trx, event) {
        if (event.eventId === waiting.eventId && away) throw new TransientError('PortOne is away')
        await effect(trx, event)
      },
    },
  })
  await broker.put('payment.events', JSON.stringify(waiting), 'lane 1')
  await waitUntil(async () => (await countOf(metrics, group, 'postponed')) >= 1, patience)
  const others = Array.from({ length: 12 }, () => paymentFailed())
  for (const [index, event] of others.entries())
    await broker.put('payment.events', JSON.stringify(event), `key ${index}`)
  await waitUntil(async () => {
    const counts = await Promise.all(others.map((event) => effectsOf(db, event)))
    return counts.filter((count) => count === 1).length > 4
  }, patience)
  await waitUntil(async () => (await countOf(metrics, group, 'postponed')) >= 2, patience)
  expect(await effectsOf(db, waiting)).toBe(0)

  away = false
  for (const event of [waiting, ...others]) await waitUntil(async () => (await effectsOf(db, event)) === 1, patience)
  expect(await db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()).toEqual([])
})

test('a message that runs into the time-out again and again while the database answers becomes a dead letter, and the next goes on', async () => {
  const group = randomUUID()
  const metrics = new Registry()
  const [slow, next] = [paymentFailed(), paymentFailed()]
  for (const event of [slow, next]) await broker.put('payment.events', JSON.stringify(event), `${group} one partition`)
  await broker.join({ metrics }).consume({
    group,
    db,
    topics: [topics.payment],
    patienceMs: 300,
    handlers: {
      async PaymentFailed(trx, event) {
        if (event.eventId === slow.eventId) {
          await sql`set local statement_timeout = '20ms'`.execute(trx)
          await sql`select pg_sleep(10)`.execute(trx)
        }
        await effect(trx, event)
      },
    },
  })
  const letters = () => db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()
  const letterOf = async ({ eventId }: { eventId: string }) =>
    (await letters()).find(({ value }) => String(value).includes(eventId)) ?? null
  expect(await waitUntil(() => letterOf(slow), patience)).toMatchObject({
    status: 'OPEN',
    error: expect.stringContaining('statement timeout'),
  })
  // It was waited for before: a time-out passes, as a rule.
  expect(await countOf(metrics, group, 'postponed')).toBeGreaterThanOrEqual(1)
  // The key is held back, and so the next is parked behind it.
  expect(await waitUntil(() => letterOf(next), patience)).toMatchObject({ status: 'PARKED' })
  const other = paymentFailed()
  await broker.put('payment.events', JSON.stringify(other), randomUUID())
  await waitUntil(async () => (await effectsOf(db, other)) === 1, patience)
  expect(await effectsOf(db, slow)).toBe(0)
})
