import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import { Registry } from 'prom-client'
import { test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { paymentFailed } from '../test-events.ts'
import { testProxy } from '../test-proxy.ts'

const { database } = await testEffects()
const { db } = database
const broker = await testBroker([{ ...topics.payment, partitions: 1 }])
const patience = { timeoutMs: 20_000 }

async function lagOf(metrics: Registry, group: string): Promise<number | null> {
  const metric = await metrics.getSingleMetric('messaging_consumer_lag_messages')?.get()
  return metric?.values.find(({ labels }) => labels['group'] === group)?.value ?? null
}

test('the lag of a group whose only member stands still grows with what arrives, and falls to nothing when it goes on', async () => {
  const metrics = new Registry()
  const group = randomUUID()
  const [first, slow, last] = [paymentFailed(), paymentFailed(), paymentFailed()]
  const { promise: gone, resolve: goOn } = Promise.withResolvers<void>()
  let isStanding = false
  await broker.put('payment.events', JSON.stringify(first))
  await broker.join({ metrics }).consume({
    db,
    group,
    topics: [topics.payment],
    lagEveryMs: 100,
    handlers: {
      async PaymentFailed(trx, event) {
        if (event.eventId === slow.eventId) {
          isStanding = true
          await gone
        }
        await effect(trx, event)
      },
    },
  })
  await waitUntil(async () => (await effectsOf(db, first)) === 1, patience)
  await waitUntil(async () => (await lagOf(metrics, group)) === 0, patience)

  await broker.put('payment.events', JSON.stringify(slow))
  await waitUntil(() => isStanding, patience)
  for (let count = 0; count < 3; count += 1) await broker.put('payment.events', JSON.stringify(paymentFailed()))
  await broker.put('payment.events', JSON.stringify(last))
  await waitUntil(async () => (await lagOf(metrics, group)) === 5, patience)

  goOn()
  await waitUntil(async () => (await effectsOf(db, last)) === 1, patience)
  await waitUntil(async () => (await lagOf(metrics, group)) === 0, patience)
})

test('while the broker does not say how far a group is behind there is no figure, instead of the last one', async () => {
  const metrics = new Registry()
  const group = randomUUID()
  const proxy = await testProxy(broker.address)
  const messaging = broker.join({ metrics, socketFactory: proxy.socketFactory })
  await messaging.consume({ db, group, topics: [topics.payment], lagEveryMs: 100, handlers: { PaymentFailed: effect } })
  await waitUntil(async () => (await lagOf(metrics, group)) !== null, patience)
  proxy.set('away')
  await waitUntil(async () => (await lagOf(metrics, group)) === null, patience)
  proxy.set('pass')
  await waitUntil(async () => (await lagOf(metrics, group)) === 0, patience)
})
