import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { activeKey, defaultQueueConfig, queueKey, readQueueToken, writeQueueConfig } from '@ticket-queue/lua/queue'
import { testMessaging, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { placeSchema } from './domain/place.ts'
import { gatewayKey, startTestEventService, type TestEventService } from './test-event-service.ts'

interface Replica {
  readonly child: ChildProcess
  readonly address: string
}

const redis = testRedis()
const { topicPrefix } = await testMessaging()
const started: ChildProcess[] = []
let event: TestEventService
let replicas: Replica[]

beforeAll(async () => {
  event = await startTestEventService()
  replicas = await Promise.all([startReplica(), startReplica(), startReplica()])
})
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
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
  const victim = await startReplica()
  for (const userId of users) await call(victim, userId, 'POST', '/queue/enter', { scheduleId })
  victim.child.kill('SIGKILL')
  for (const userId of users) expect(await redis.client.get(activeKey(userId))).toBe(scheduleId)
  await waitUntil(async () => (await redis.client.exists(queueKey(scheduleId))) === 0, { timeoutMs: 10_000 })
  const { body } = await call(replicas[0], users.at(-1) ?? '', 'GET', `/queue/status?scheduleId=${scheduleId}`)
  expect(body.status).toBe('ACTIVE')
})

test('without Kafka and the payment service people enter and are admitted, and the process still stops in order', async () => {
  const lonely = await startReplica({
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

async function call(replica: Replica | undefined, userId: string, method: string, path: string, body?: object) {
  const headers = {
    'x-service-api-key': gatewayKey,
    'x-user-id': userId,
    'x-user-role': 'USER',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await fetch(`${replica?.address}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: placeSchema.partial().parse(await answer.json()) }
}

async function startReplica(settings: Record<string, string> = {}): Promise<Replica> {
  const [port, sidePort, internalPort] = await Promise.all([freePort(), freePort(), freePort()])
  const child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
    env: {
      PORT: String(port),
      SIDE_PORT: String(sidePort),
      INTERNAL_PORT: String(internalPort),
      LOG_LEVEL: 'warn',
      REDIS_URL: inject('stack').redisUrl,
      REDIS_KEY_PREFIX: redis.keyPrefix,
      EVENT_INTERNAL_URL: event.address,
      KAFKA_BROKERS: inject('stack').kafkaBrokers.join(','),
      KAFKA_TOPIC_PREFIX: topicPrefix,
      SERVICE_API_KEY: event.queueKey,
      SERVICE_API_KEYS: `gateway=${gatewayKey}`,
      STATUS_POLLS_PER_MINUTE: '1000',
      ...settings,
      QUEUE_TICKET_KEYS: `test=${Buffer.alloc(32, 7).toString('base64')}`,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  started.push(child)
  const side = `http://127.0.0.1:${sidePort}/readyz`
  await waitUntil(async () => (await fetch(side)).status === 200, { timeoutMs: 25_000 })
  return { child, address: `http://127.0.0.1:${port}` }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
