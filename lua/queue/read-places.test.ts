import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, queueKey, staysKey } from './keys.ts'
import { defaultQueueConfig, writeQueueConfig } from './queue-config.ts'
import { readPlaces } from './read-places.ts'

const redis = testRedis()

async function crowd(count: number) {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize: 2, intervalMs: 60_000 })
  const userIds = Array.from({ length: count }, () => randomUUID())
  for (const userId of userIds) await enterQueue(redis, { scheduleId, userId })
  return { scheduleId, userIds }
}

test('each user is told as a poll would: so many ahead, admitted with the token, or no place', async () => {
  const { scheduleId, userIds } = await crowd(5)
  const { admitted } = await admitBatch(redis, scheduleId)
  const stranger = randomUUID()
  const places = await readPlaces(redis, { scheduleId, userIds: [...userIds.toReversed(), stranger] })
  expect(places).toMatchObject([
    { outcome: 'waiting', ahead: 2 },
    { outcome: 'waiting', ahead: 1 },
    { outcome: 'waiting', ahead: 0 },
    { outcome: 'active', token: admitted[1]?.token },
    { outcome: 'active', token: admitted[0]?.token },
    { outcome: 'absent' },
  ])
})

test('a token that has ended admits nobody', async () => {
  const { scheduleId, userIds } = await crowd(1)
  await admitBatch(redis, scheduleId)
  await redis.client.hset(staysKey(scheduleId), userIds[0] ?? '', `qr_ended ${Date.now() - 1} 1 1`)
  expect(await readPlaces(redis, { scheduleId, userIds })).toEqual([{ outcome: 'absent' }])
})

test('thousands are answered in the order asked for, nobody twice', async () => {
  const scheduleId = randomUUID()
  const line = Array.from({ length: 2_500 }, (_, index) => ({ userId: randomUUID(), score: index }))
  await redis.client.zadd(queueKey(scheduleId), ...line.flatMap(({ userId, score }) => [score, userId]))
  const backwards = line.toReversed()
  const places = await readPlaces(redis, { scheduleId, userIds: backwards.map(({ userId }) => userId) })
  expect(places).toEqual(backwards.map(({ score }) => ({ outcome: 'waiting', ahead: score })))
})

test('looking keeps nobody’s place', async () => {
  const { scheduleId, userIds } = await crowd(1)
  const key = activeKey(userIds[0] ?? '')
  await redis.client.pexpire(key, 5_000)
  await readPlaces(redis, { scheduleId, userIds })
  expect(await redis.client.pttl(key)).toBeLessThanOrEqual(5_000)
})
