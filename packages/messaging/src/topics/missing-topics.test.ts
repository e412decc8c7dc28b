import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { commitEach, paymentFailed } from '../test-events.ts'

const { database } = await testEffects()
const { db } = database

test('relay and consumer that start before their topics blame nothing and work once the topics are there', async () => {
  const broker = await testBroker([])
  const messaging = broker.join()
  const event = paymentFailed()
  await commitEach(db, [event])
  const relay = messaging.startRelay({ db, service: 'payment' })
  await messaging.consume({
    db,
    group: randomUUID(),
    topics: [topics.payment],
    handlers: { PaymentFailed: effect },
  })
  // The relay is active, fails, and gives the lock back.
  await waitUntil(() => relay.isActive())
  await waitUntil(() => !relay.isActive(), { timeoutMs: 15_000 })

  await messaging.createTopics()
  await waitUntil(async () => (await effectsOf(db, event)) === 1, { timeoutMs: 20_000 })
  const rows = await db.selectFrom('outbox_events').select(['published', 'retry_count']).execute()
  expect(rows).toEqual([{ published: true, retry_count: 0 }])
  expect(await db.selectFrom('dead_letters').selectAll().execute()).toEqual([])
})
