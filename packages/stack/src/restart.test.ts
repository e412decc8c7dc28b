import { createServer } from 'node:net'
import { topics } from '@ticket-queue/contracts/events'
import { createMessaging, newEvent } from '@ticket-queue/messaging'
import { waitUntil } from '@ticket-queue/testing'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { findFreePort } from './ports.ts'
import { postgresCounter, redisCounter } from './test-clients.ts'
import { stackDirectory, startOwned, withoutKafka } from './test-owner.ts'

const reservationId = '01890a5d-ac96-774b-bcce-b302099a8057'

function openMessaging({ kafkaBrokers }: { kafkaBrokers: string[] }) {
  const messaging = createMessaging({ brokers: kafkaBrokers, clientId: 'test', log: pino({ level: 'silent' }) })
  onTestFinished(() => messaging.close())
  return messaging
}

test('data and addresses survive a restart, which creates and downloads nothing', { timeout: 60_000 }, async () => {
  const directory = stackDirectory()
  const ports = { postgres: await findFreePort(), redis: await findFreePort(), kafka: await findFreePort() }
  const first = await startOwned({ directory, ports })
  expect(first.databaseUrl).toContain(`:${ports.postgres}/`)
  expect(first).toMatchObject({
    redisUrl: `redis://127.0.0.1:${ports.redis}`,
    kafkaBrokers: [`127.0.0.1:${ports.kafka}`],
  })
  await (await redisCounter(first))()
  await (await postgresCounter(first))()
  const messaging = openMessaging(first)
  await waitUntil(() => messaging.createTopics(), { timeoutMs: 10_000 })
  const payload = { paymentId: reservationId, reservationId, userId: reservationId, scheduleId: reservationId }
  const event = newEvent('PaymentFailed', {
    aggregateId: reservationId,
    payload: { ...payload, amount: 154_000, reason: 'declined' },
    correlationId: 'request-1',
  })
  await messaging.publishBatch(topics.payment, [{ key: reservationId, value: JSON.stringify(event) }])
  await first.stop()

  const second = await startOwned({ directory })
  expect(second).toMatchObject({
    databaseUrl: first.databaseUrl,
    redisUrl: first.redisUrl,
    kafkaBrokers: first.kafkaBrokers,
  })
  expect(second.progress.filter(({ state }) => state === 'preparing')).toEqual([])
  expect(await (await redisCounter(second))()).toBe(2)
  expect(await (await postgresCounter(second))()).toBe(2)
  const seen: string[] = []
  await openMessaging(second).consumeRepeatably({
    group: 'reader',
    topics: [topics.payment],
    handlers: {
      PaymentFailed: async ({ eventId }) => {
        seen.push(eventId)
      },
    },
  })
  await waitUntil(() => expect(seen).toEqual([event.eventId]), { timeoutMs: 15_000 })
  await second.stop()
})

test('a port that was taken meanwhile is replaced, one that was asked for is not', { timeout: 60_000 }, async () => {
  const directory = stackDirectory()
  const first = await startOwned({ directory }, withoutKafka())
  await first.stop()
  const port = Number(new URL(first.redisUrl).port)
  const occupant = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void occupant.close())

  const second = await startOwned({ directory }, withoutKafka())
  expect(second.redisUrl).not.toBe(first.redisUrl)
  expect(second.databaseUrl).toBe(first.databaseUrl)
  await second.stop()
  const asking = startOwned({ directory, ports: { redis: port } }, withoutKafka())
  await expect(asking).rejects.toThrow(`Port ${port} for redis is in use`)
})
