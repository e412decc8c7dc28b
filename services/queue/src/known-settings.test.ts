import { randomUUID } from 'node:crypto'
import {
  closeQueue,
  defaultRecovery,
  enterQueue,
  epochKey,
  readClosed,
  readQueueConfig,
  readQueueSettings,
  schedulesKey,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { admitWaiting } from './admit-waiting/admit-waiting.ts'
import { createKnownSettings } from './known-settings.ts'
import { startTestService, type TestService } from './test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
beforeEach(() => redis.client.del(schedulesKey))
afterAll(() => service.close())

async function queueThatIsLost(prepare: (scheduleId: string) => Promise<unknown>): Promise<string> {
  const scheduleId = service.openSchedule()
  await prepare(scheduleId)
  await enterQueue(redis, { scheduleId, userId: randomUUID() })
  await admitWaiting(service.admission)
  await emptyRedis(redis)
  await enterQueue(redis, { scheduleId, userId: randomUUID() })
  return scheduleId
}

test('a paused queue stays paused, and a closed one closed, when Redis has lost that', async () => {
  const scheduleId = await queueThatIsLost(async (id) => {
    await writeQueueConfig(redis, id, { paused: true, batchSize: 3 })
  })
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')
  await admitWaiting(service.admission)
  expect(await readQueueConfig(redis, scheduleId)).toMatchObject({ paused: true, batchSize: 3 })
  await emptyRedis(redis)
  await enterQueue(redis, { scheduleId, userId: randomUUID(), knownUs: service.admission.known.of(scheduleId) })
  await admitWaiting(service.admission)
  expect(await readQueueConfig(redis, scheduleId)).toMatchObject({ paused: true, batchSize: 3 })
  expect(await readClosed(redis, scheduleId)).toBe('SOLD_OUT')
})

test('what an operator has set since the loss stays', async () => {
  const scheduleId = await queueThatIsLost((id) => writeQueueConfig(redis, id, { paused: true }))
  await writeQueueConfig(redis, scheduleId, { batchSize: 4 })
  await admitWaiting(service.admission)
  expect(await readQueueConfig(redis, scheduleId)).toMatchObject({ paused: false, batchSize: 4 })
})

test('a tick that saw Redis before this process heard of a change takes nothing back of what it knows', async () => {
  const scheduleId = randomUUID()
  const settings = createKnownSettings(redis)
  await writeQueueConfig(redis, scheduleId, { batchSize: 3 })
  const seen = { ...(await readQueueSettings(redis, scheduleId)), epochUs: 1, closed: null }
  await settings.observe(scheduleId, seen, 0)
  const set = await writeQueueConfig(redis, scheduleId, { paused: true })
  settings.learn(scheduleId, set)
  expect(await settings.observe(scheduleId, seen, 0)).toBe(false)
  expect(settings.of(scheduleId)).toMatchObject(set)
  const looking = settings.observe(scheduleId, seen, 0)
  const later = { config: { ...set.config, batchSize: 4 }, setUs: set.setUs + 1 }
  settings.learn(scheduleId, later)
  await looking
  expect(settings.of(scheduleId)).toMatchObject(later)
})

test('who begins the epoch need not know that the queue was paused: a process that does holds admission for longer', async () => {
  const graceMs = async (scheduleId: string) => {
    const [beganMs, graceUntilMs] = await redis.client.hmget(epochKey(scheduleId), 'beganMs', 'graceUntilMs')
    return Number(graceUntilMs) - Number(beganMs)
  }
  const moving = await queueThatIsLost((id) => writeQueueConfig(redis, id, { batchSize: 3 }))
  await admitWaiting(service.admission)
  expect(await graceMs(moving)).toBe(defaultRecovery.graceMs)
  const paused = await queueThatIsLost((id) => writeQueueConfig(redis, id, { paused: true }))
  expect(await graceMs(paused)).toBe(defaultRecovery.graceMs)
  await admitWaiting(service.admission)
  expect(await graceMs(paused)).toBeGreaterThan(defaultRecovery.graceMs)
})
