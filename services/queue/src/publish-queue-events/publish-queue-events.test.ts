import { randomUUID } from 'node:crypto'
import { closeQueue, enterQueue, leaveQueue, logKey, logsKey, openQueue } from '@ticket-queue/lua/queue'
import { createMessaging } from '@ticket-queue/messaging'
import { createLog, createMetrics } from '@ticket-queue/service-kit'
import { testMessaging, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { QueueEvent } from './events-of-entry.ts'
import { publishQueueEventsJob } from './publish-queue-events.job.ts'
import { type PublishQueueEventsDeps, publishQueueEvents } from './publish-queue-events.ts'
import { createPublishingFigures } from './publishing-figures.ts'
import { collectQueueEvents } from './test-queue-events.ts'

const redis = testRedis()
const { messaging } = await testMessaging()
const log = createLog('queue-test', 'silent')
const never = new AbortController().signal
let heard: QueueEvent[]
let deps: PublishQueueEventsDeps
const of = (scheduleId: string) => heard.filter(({ aggregateId }) => aggregateId === scheduleId)
const types = (scheduleId: string) => of(scheduleId).map(({ eventType }) => eventType)
const count = async (name: 'published' | 'lost' | 'unreadable' | 'failures') =>
  (await deps.figures[name].get()).values[0]?.value ?? 0

beforeAll(async () => {
  heard = await collectQueueEvents(messaging)
})
beforeEach(async () => {
  await redis.client.del(logsKey)
  const figures = createPublishingFigures(createMetrics('queue-test'))
  deps = { redis, publishBatch: messaging.publishBatch, log, figures }
})

async function joined(scheduleId: string, people: number): Promise<string[]> {
  const users = Array.from({ length: people }, () => randomUUID())
  for (const userId of users) await enterQueue(redis, { scheduleId, userId })
  return users
}

test('what happens in a queue is published in its order, once, with everybody’s place', async () => {
  const scheduleId = randomUUID()
  const [first = '', second = ''] = await joined(scheduleId, 2)
  await leaveQueue(redis, { scheduleId, userId: first })
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'test')
  await publishQueueEvents(deps, never)
  await openQueue(redis, scheduleId, 'test')
  await publishQueueEvents(deps, never)
  await publishQueueEvents(deps, never)
  await waitUntil(() => types(scheduleId).includes('QueueReopened'))
  expect(types(scheduleId)).toEqual([
    'QueueEpochBegan',
    'QueueJoined',
    'QueueJoined',
    'QueueLeft',
    'QueueClosed',
    'QueueReopened',
  ])
  const [, one, other] = of(scheduleId)
  expect([one?.metadata.userId, other?.metadata.userId]).toEqual([first, second])
  expect(await count('published')).toBe(6)
  expect(await redis.client.smembers(logsKey)).toEqual([])
})

test('a log longer than a round’s reading is published whole, and others with it', async () => {
  const [long, short] = [randomUUID(), randomUUID()]
  const users = await joined(long, 1_200)
  await joined(short, 1)
  await publishQueueEvents(deps, never)
  await waitUntil(() => of(long).length === 1_201 && of(short).length === 2, { timeoutMs: 15_000 })
  expect(of(long).flatMap(({ metadata }) => metadata.userId ?? [])).toEqual(users)
})

describe('at least once', () => {
  test('after a crash between publishing and noting it the same events come again with the same IDs', async () => {
    const scheduleId = randomUUID()
    await joined(scheduleId, 3)
    const crash = async () => Promise.reject(new Error('crashed'))
    await expect(publishQueueEvents({ ...deps, hooks: { afterPublish: crash } }, never)).rejects.toThrow('crashed')
    await publishQueueEvents(deps, never)
    await waitUntil(() => of(scheduleId).length === 8)
    const ids = of(scheduleId).map(({ eventId }) => eventId)
    expect(ids.slice(4)).toEqual(ids.slice(0, 4))
    expect(new Set(ids).size).toBe(4)
  })

  test('replicas that publish at once lose nothing and keep the order of first hearing', async () => {
    const scheduleId = randomUUID()
    const entering = joined(scheduleId, 150)
    const publishing = Array.from({ length: 12 }, () => publishQueueEvents(deps, never))
    const users = await entering
    await Promise.all(publishing)
    await Promise.all([publishQueueEvents(deps, never), publishQueueEvents(deps, never)])
    await waitUntil(() => new Set(of(scheduleId).map(({ eventId }) => eventId)).size === 151)
    const firsts = new Map(
      of(scheduleId)
        .map((event) => [event.eventId, event] as const)
        .reverse(),
    )
    const inOrder = of(scheduleId).filter((event) => firsts.get(event.eventId) === event)
    expect(inOrder.flatMap(({ metadata }) => metadata.userId ?? [])).toEqual(users)
  })

  test('a publisher that was slow takes nothing back', async () => {
    const scheduleId = randomUUID()
    await joined(scheduleId, 1)
    const overtake = async () => {
      await joined(scheduleId, 1)
      await publishQueueEvents(deps, never)
    }
    await publishQueueEvents({ ...deps, hooks: { afterPublish: overtake } }, never)
    const published = await count('published')
    await publishQueueEvents(deps, never)
    expect(await count('published')).toBe(published)
    await waitUntil(() => new Set(of(scheduleId).map(({ eventId }) => eventId)).size === 3)
  })

  test('an entry that cannot be read is counted and holds up nothing', async () => {
    const scheduleId = randomUUID()
    await joined(scheduleId, 1)
    await redis.client.xadd(logKey(scheduleId), '*', 'k', 'joined', 'u', 'nobody')
    await redis.client.xadd(logKey(scheduleId), '*', 'k', 'danced')
    await joined(scheduleId, 1)
    await publishQueueEvents(deps, never)
    await waitUntil(() => of(scheduleId).length === 3)
    expect([await count('unreadable'), await count('published')]).toEqual([2, 3])
  })
})

describe('while Kafka is away', () => {
  const lonely = createMessaging({ brokers: ['127.0.0.1:1'], clientId: 'lonely', log })
  afterAll(() => lonely.close())

  test('entering goes on, and everything is published once it is back', async () => {
    const scheduleId = randomUUID()
    await joined(scheduleId, 2)
    const away = publishQueueEvents({ ...deps, publishBatch: lonely.publishBatch }, never)
    const beganAt = performance.now()
    await joined(scheduleId, 20)
    expect(performance.now() - beganAt).toBeLessThan(2_000)
    await expect(away).rejects.toThrow()
    await publishQueueEvents(deps, never)
    await waitUntil(() => of(scheduleId).length === 23)
    expect(await count('lost')).toBe(0)
  })

  test('what its log’s limit cut off is counted as lost, and the rest is published', async () => {
    const scheduleId = randomUUID()
    await joined(scheduleId, 4)
    await publishQueueEvents(deps, never)
    const users = await joined(scheduleId, 10)
    await redis.client.xtrim(logKey(scheduleId), 'MAXLEN', 3)
    await publishQueueEvents(deps, never)
    await publishQueueEvents(deps, never)
    await waitUntil(() => of(scheduleId).length === 8)
    expect(
      of(scheduleId)
        .slice(5)
        .map(({ metadata }) => metadata.userId),
    ).toEqual(users.slice(7))
    expect(await count('lost')).toBe(7)
  })

  test('the job goes on trying and counts the failure', async () => {
    const scheduleId = randomUUID()
    await joined(scheduleId, 1)
    const job = publishQueueEventsJob({ ...deps, publishBatch: lonely.publishBatch })
    await waitUntil(async () => (await count('failures')) > 0, { timeoutMs: 20_000 })
    await job.close()
  })
})

test('after Redis has lost a log the new one is published from its beginning', async () => {
  const scheduleId = randomUUID()
  await joined(scheduleId, 5)
  await publishQueueEvents(deps, never)
  await redis.client.del(logKey(scheduleId))
  const [back] = await joined(scheduleId, 1)
  await publishQueueEvents(deps, never)
  await waitUntil(() => of(scheduleId).some(({ metadata }) => metadata.userId === back))
  expect(await count('lost')).toBe(0)
})

test('two replicas’ jobs publish what is written', async () => {
  const scheduleId = randomUUID()
  const jobs = [publishQueueEventsJob(deps), publishQueueEventsJob(deps)]
  await joined(scheduleId, 3)
  await waitUntil(() => of(scheduleId).length === 4)
  for (const job of jobs) await job.close()
})
