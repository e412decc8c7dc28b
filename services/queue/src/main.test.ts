import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { activeKey, defaultQueueConfig, queueKey, readQueueToken, writeQueueConfig } from '@ticket-queue/lua/queue'
import { testDatabase, testMessaging, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestEventService, type TestEventService } from './test-event-service.ts'
import { call, type Replica, type Replicas, testReplicas } from './test-replicas.ts'

const redis = testRedis()
const { url: databaseUrl } = await testDatabase('queue')
const { topicPrefix } = await testMessaging()
let event: TestEventService
let processes: Replicas
let replicas: Replica[]

beforeAll(async () => {
  event = await startTestEventService()
  processes = testReplicas(redis, event, { topicPrefix, databaseUrl })
  replicas = await Promise.all([processes.start(), processes.start(), processes.start()])
})
afterAll(async () => {
  processes.killAll()
  await event.close()
})

test('three replicas, 60 people, ten a second: everybody gets in, no faster than the rate, each with a token of their own', async () => {
  const scheduleId = event.openSchedule()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize: 10, intervalMs: 500 })
  const users = Array.from({ length: 60 }, () => randomUUID())
  await Promise.all(
    users.map((userId, index) => call(replicas[index % 3], userId, 'POST', '/queue/enter', { scheduleId })),
  )
  const tokens = await Promise.all(
    users.map((userId, index) =>
      waitUntil(
        async () => {
          const { body } = await call(
            replicas[(index + 1) % 3],
            userId,
            'GET',
            `/queue/status?scheduleId=${scheduleId}`,
          )
          return body.status === 'ACTIVE' && (body.token ?? null)
        },
        { timeoutMs: 20_000, intervalMs: 500 },
      ),
    ),
  )
  const facts = await Promise.all(tokens.map((token) => readQueueToken(redis, token)))
  expect(facts.map((fact) => fact?.userId)).toEqual(users)
  const moments = facts.map((fact) => fact?.issuedAt ?? 0).toSorted((a, b) => a - b)
  const tookMs = (moments.at(-1) ?? 0) - (moments[0] ?? 0)
  expect(moments).toHaveLength(60)
  expect(tookMs).toBeGreaterThanOrEqual(((60 - 10) / 10) * 500 - 1)
  expect(await redis.client.exists(queueKey(scheduleId))).toBe(0)
})

test('a replica that is killed takes nobody’s place with it, and the others go on admitting', async () => {
  const scheduleId = event.openSchedule()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize: 5, intervalMs: 500 })
  const users = Array.from({ length: 20 }, () => randomUUID())
  const victim = await processes.start()
  for (const userId of users) await call(victim, userId, 'POST', '/queue/enter', { scheduleId })
  victim.child.kill('SIGKILL')
  for (const userId of users) expect(await redis.client.get(activeKey(userId))).toBe(scheduleId)
  await waitUntil(async () => (await redis.client.exists(queueKey(scheduleId))) === 0, { timeoutMs: 10_000 })
  const { body } = await call(replicas[0], users.at(-1) ?? '', 'GET', `/queue/status?scheduleId=${scheduleId}`)
  expect(body.status).toBe('ACTIVE')
})

test('without Kafka and the payment service people enter and are admitted, and the process still stops in order', async () => {
  const lonely = await processes.start({
    LOG_LEVEL: 'error',
    KAFKA_BROKERS: '127.0.0.1:1',
    PAYMENT_INTERNAL_URL: 'http://127.0.0.1:1',
    REDIS_KEY_PREFIX: `${redis.keyPrefix}lonely:`,
  })
  const [scheduleId, userId] = [event.openSchedule(), randomUUID()]
  expect((await call(lonely, userId, 'POST', '/queue/enter', { scheduleId })).status).toBe(200)
  const inside = () => call(lonely, userId, 'GET', `/queue/status?scheduleId=${scheduleId}`)
  await waitUntil(async () => (await inside()).body.status === 'ACTIVE', { intervalMs: 200 })
  await waitUntil(async () => (await inside()).body.seatsLeft === 990, { intervalMs: 200 })
  lonely.child.kill('SIGTERM')
  const [code] = await once(lonely.child, 'exit')
  expect(code).toBe(0)
})
