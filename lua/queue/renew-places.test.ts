import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, epochKey, queueKey } from './keys.ts'
import { leaveQueue } from './leave-queue.ts'
import { activeMs } from './place-request.ts'
import { renewPlaces } from './renew-places.ts'

const redis = testRedis()
/** Less than a renewed life, and more than a busy machine takes to let the crowd in. */
const shortLifeMs = 60_000

async function crowd(count: number, scheduleId: string = randomUUID()) {
  const userIds = Array.from({ length: count }, () => randomUUID())
  for (const userId of userIds) {
    await enterQueue(redis, { scheduleId, userId })
    await redis.client.pexpire(activeKey(userId), shortLifeMs)
  }
  return { scheduleId, userIds }
}
const lifeMs = (userId = '') => redis.client.pttl(activeKey(userId))

test('everybody who waits is kept as long as by a poll, and gets what a fresh ticket says, in batches of any size', async () => {
  const { scheduleId, userIds } = await crowd(600)
  const scores = (await redis.client.zmscore(queueKey(scheduleId), ...userIds)).map(Number)
  const epochUs = Number(await redis.client.hget(epochKey(scheduleId), 'us'))
  const renewed = await renewPlaces(redis, { scheduleId, userIds })
  expect(renewed).toMatchObject(scores.map((scoreUs) => ({ epochUs, scoreUs })))
  const atMs = renewed[0]?.atMs ?? 0
  expect(Math.abs(atMs - Math.max(...scores) / 1_000)).toBeLessThan(60_000)
  for (const userId of userIds) expect(await lifeMs(userId)).toBeGreaterThan(activeMs - 10_000)
})

test('who has been admitted, has left, is elsewhere or was silent for too long is not kept', async () => {
  const { scheduleId, userIds } = await crowd(14)
  const elsewhere = await crowd(1)
  await admitBatch(redis, scheduleId)
  const [admitted, leaver = '', silent = '', stays = ''] = [userIds[0], userIds[10], userIds[11], userIds[12]]
  await redis.client.pexpire(activeKey(admitted ?? ''), shortLifeMs)
  await leaveQueue(redis, { scheduleId, userId: leaver })
  await redis.client.del(activeKey(silent))
  const asked = [...userIds.slice(0, 13), ...elsewhere.userIds]
  const renewed = await renewPlaces(redis, { scheduleId, userIds: asked })
  expect(asked.filter((_, index) => renewed[index] !== null)).toEqual([stays])
  expect(await lifeMs(admitted)).toBeLessThanOrEqual(shortLifeMs)
  expect(await lifeMs(leaver)).toBe(-2)
  expect(await lifeMs(silent)).toBe(-2)
  expect(await lifeMs(elsewhere.userIds[0])).toBeLessThanOrEqual(shortLifeMs)
})
