import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { configKey } from './keys.ts'
import { defaultQueueConfig, readQueueConfig, writeQueueConfig } from './queue-config.ts'

const redis = testRedis()

test('a schedule nobody has configured admits ten a second and lets 50,000 wait (QUEUE-005, QUEUE-006)', async () => {
  expect(await readQueueConfig(redis, randomUUID())).toEqual({
    batchSize: 10,
    intervalMs: 1_000,
    capacity: 50_000,
    maxInside: null,
    paused: false,
    draining: false,
    adaptive: null,
    proofOfWork: null,
  })
})

test('what was written is read, also a limit that was taken away again', async () => {
  const scheduleId = randomUUID()
  const config = {
    batchSize: 3,
    intervalMs: 500,
    capacity: 7,
    maxInside: 4,
    paused: true,
    draining: true,
    adaptive: null,
    proofOfWork: null,
  }
  await writeQueueConfig(redis, scheduleId, config)
  expect(await readQueueConfig(redis, scheduleId)).toEqual(config)
  await writeQueueConfig(redis, scheduleId, { ...config, maxInside: null })
  expect(await readQueueConfig(redis, scheduleId)).toEqual({ ...config, maxInside: null })
})

test('a single field set by an operator leaves the others at their defaults', async () => {
  const scheduleId = randomUUID()
  await redis.client.hset(configKey(scheduleId), 'batchSize', '25')
  expect(await readQueueConfig(redis, scheduleId)).toEqual({ ...defaultQueueConfig, batchSize: 25 })
})

test.each([[{ batchSize: 0 }], [{ batchSize: 1_001 }], [{ intervalMs: 99 }], [{ capacity: 0 }], [{ maxInside: 0 }]])(
  '%j is refused and not written',
  async (wrong) => {
    const scheduleId = randomUUID()
    await expect(writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, ...wrong })).rejects.toThrow()
    expect(await redis.client.exists(configKey(scheduleId))).toBe(0)
  },
)
