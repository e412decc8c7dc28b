import { randomUUID } from 'node:crypto'
import { defaultQueueConfig, writeQueueConfig } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { createPace } from './pace.ts'

const redis = testRedis()
const counts = { epochUs: 1, droppedTotal: 0, leftTotal: 0, waiting: 500, heldMs: 0, closed: null }

test('each tick may change what is expected, and asking in between does not', async () => {
  let nowMs = 0
  const pace = createPace(redis, () => nowMs)
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, defaultQueueConfig)
  for (let tick = 0; tick <= 80; tick += 1) {
    nowMs += 250
    pace.observe(scheduleId, { ...counts, config: defaultQueueConfig, admittedTotal: tick })
    await pace.expected(scheduleId)
  }
  expect((await pace.expected(scheduleId)).perSecond).toBeCloseTo(4, 0)
  expect(await pace.expected(scheduleId)).toBe(await pace.expected(scheduleId))
})

test('a change of the configuration counts at once where it was made, and after a second elsewhere', async () => {
  let nowMs = 1
  const [here, elsewhere] = [createPace(redis, () => nowMs), createPace(redis, () => nowMs)]
  const scheduleId = randomUUID()
  for (const pace of [here, elsewhere]) expect((await pace.expected(scheduleId)).perSecond).toBe(10)
  await writeQueueConfig(redis, scheduleId, { batchSize: 5 })
  here.forget(scheduleId)
  expect((await here.expected(scheduleId)).perSecond).toBe(5)
  expect((await elsewhere.expected(scheduleId)).perSecond).toBe(10)
  nowMs += 1_001
  expect((await elsewhere.expected(scheduleId)).perSecond).toBe(5)
  await writeQueueConfig(redis, scheduleId, { paused: true })
  here.forget(scheduleId)
  expect((await here.expected(scheduleId)).perSecond).toBe(0)
})
