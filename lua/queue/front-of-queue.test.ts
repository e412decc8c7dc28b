import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, epochKey, queueKey } from './keys.ts'
import { leaveQueue } from './leave-queue.ts'
import { type QueueConfig, writeQueueConfig } from './queue-config.ts'

const redis = testRedis()

/** A queue in which ten people are due at once and then nobody for long. */
async function crowd(count: number, config: Partial<QueueConfig> = {}) {
  const scheduleId = randomUUID()
  const users = Array.from({ length: count }, () => randomUUID())
  await writeQueueConfig(redis, scheduleId, { batchSize: 10, intervalMs: 60_000, ...config })
  for (const userId of users) await enterQueue(redis, { scheduleId, userId })
  const places = await redis.client.zrange(queueKey(scheduleId), 0, '-1', 'WITHSCORES')
  return { scheduleId, users, placeOf: (index: number) => Number(places[2 * index + 1]) }
}

test('each call tells the place that admission has come to and the place of who is next, also when nobody is due', async () => {
  const { scheduleId, placeOf } = await crowd(12)
  const first = await admitBatch(redis, scheduleId)
  expect(first).toMatchObject({ frontUs: placeOf(9), firstUs: placeOf(10) })
  expect(await admitBatch(redis, scheduleId)).toMatchObject({ frontUs: placeOf(9), firstUs: placeOf(10) })
})

test('before anybody was admitted there is no front, and without people there is nobody next', async () => {
  const { scheduleId, users, placeOf } = await crowd(1, { paused: true })
  expect(await admitBatch(redis, scheduleId)).toMatchObject({ frontUs: 0, firstUs: placeOf(0) })
  await leaveQueue(redis, { scheduleId, userId: users[0] ?? '' })
  expect(await admitBatch(redis, scheduleId)).toMatchObject({ frontUs: 0, firstUs: 0 })
})

test('places dropped at the front are passed as those admitted, and are counted in all', async () => {
  const { scheduleId, users, placeOf } = await crowd(14)
  await redis.client.unlink(...users.slice(0, 3).map(activeKey))
  const batch = await admitBatch(redis, scheduleId)
  expect(batch).toMatchObject({ dropped: 3, droppedTotal: 3, admittedTotal: 10, frontUs: placeOf(12) })
  expect(await admitBatch(redis, scheduleId)).toMatchObject({ dropped: 0, droppedTotal: 3 })
})

test('who gives up a place is counted once, and who holds none is not', async () => {
  const { scheduleId, users } = await crowd(12)
  for (const userId of [users[11], users[11], randomUUID()])
    await leaveQueue(redis, { scheduleId, userId: userId ?? '' })
  expect(await admitBatch(redis, scheduleId)).toMatchObject({ leftTotal: 1 })
})

test('a new epoch has a front of its own', async () => {
  const { scheduleId } = await crowd(12)
  const { lastUs } = await admitBatch(redis, scheduleId)
  const after = await admitBatch(redis, scheduleId, { knownUs: lastUs + 1_000_000 })
  expect(after.heldMs).toBeGreaterThan(0)
  expect(after.frontUs).toBe(0)
  expect(await redis.client.hget(epochKey(scheduleId), 'frontUs')).toBeNull()
})
