import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { paymentFailed } from '../test-events.ts'
import { testProxy } from '../test-proxy.ts'

const { database } = await testEffects()
const { db } = database
const broker = await testBroker()
const patience = { timeoutMs: 25_000 }

test('a consumer that starts before its broker joins when it comes, and again when it has been away', async () => {
  const proxy = await testProxy(broker.address)
  proxy.set('away')
  const messaging = broker.join({ socketFactory: proxy.socketFactory })
  await expect(messaging.check()).rejects.toThrow()
  const consumer = await messaging.consume({
    db,
    group: randomUUID(),
    topics: [topics.payment],
    handlers: { PaymentFailed: effect },
  })
  expect(consumer.ready()).toBe(false)

  proxy.set('pass')
  await waitUntil(() => consumer.ready(), patience)
  await messaging.check()
  const [first, second] = [paymentFailed(), paymentFailed()]
  await broker.put('payment.events', JSON.stringify(first))
  await waitUntil(async () => (await effectsOf(db, first)) === 1, patience)

  proxy.set('away')
  await broker.put('payment.events', JSON.stringify(second))
  await waitUntil(() => !consumer.ready(), patience)
  proxy.set('pass')
  await waitUntil(async () => (await effectsOf(db, second)) === 1, patience)
  expect(await effectsOf(db, first)).toBe(1)
})
