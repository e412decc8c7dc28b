import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { beforeEach, expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, epochKey, paceKey, pollsKey, queueKey } from './keys.ts'
import { writeQueueConfig } from './queue-config.ts'
import { readPlace } from './read-place.ts'
import { ageKeys } from './test-room.ts'

const redis = testRedis()
const peopleAhead = 49_999
const perSecond = 10
/** A tick each ten seconds: the same rate with fewer steps. */
const tickMs = 10_000

let scheduleId: string
beforeEach(async () => {
  scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { batchSize: 100, intervalMs: tickMs })
  for (let from = 0; from < peopleAhead; from += 10_000) {
    const userIds = Array.from({ length: Math.min(10_000, peopleAhead - from) }, () => randomUUID())
    await redis.client.zadd(queueKey(scheduleId), ...userIds.flatMap((userId, index) => [from + index, userId]))
    await redis.client.mset(...userIds.flatMap((userId) => [activeKey(userId), scheduleId]))
  }
})

/** So much time goes by for the rate and for this person's keys. */
const letGoBy = (userId: string, ms: number) =>
  ageKeys(
    redis,
    { keys: [paceKey, epochKey].map((key) => key(scheduleId)).concat(activeKey(userId), pollsKey(userId)) },
    { ms },
  )

const isLetIn = async (userId: string) =>
  (await admitBatch(redis, scheduleId)).admitted.some((one) => one.userId === userId)

const ask = (userId: string) => readPlace(redis, { scheduleId, userId, perSecond, pollsPerMinute: 15 })

test('the last of 50,000 at ten a second, who polls as told, keeps the place for 83 minutes and gets in, with a quarter of the polls of one each 5 s (nothing is waited for: the lives in Redis are put back by the time that goes by)', async () => {
  const userId = randomUUID()
  const entered = await enterQueue(redis, { scheduleId, userId, perSecond })
  expect(entered).toMatchObject({ outcome: 'waiting', ahead: peopleAhead })
  let [nowMs, nextTickMs, polls] = [0, 0, 0]
  let nextPollMs = entered.outcome === 'waiting' ? entered.pollAfterMs : 0
  for (let isIn = false; !isIn; ) {
    const nextMs = Math.min(nextPollMs, nextTickMs)
    await letGoBy(userId, nextMs - nowMs)
    nowMs = nextMs
    if (nowMs === nextTickMs) {
      isIn = await isLetIn(userId)
      nextTickMs += tickMs
    } else {
      const place = await ask(userId)
      if (place.outcome !== 'waiting') throw new Error(`${place.outcome} after ${nowMs} ms`)
      nextPollMs = nowMs + place.pollAfterMs
      polls += 1
    }
  }
  expect(nowMs).toBeGreaterThanOrEqual(4_980_000)
  expect(nowMs).toBeLessThanOrEqual(5_000_000)
  expect(polls).toBeLessThanOrEqual(nowMs / 5_000 / 4)
}, 60_000)

test('control: who stops polling has lost the place ten minutes later', async () => {
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId, perSecond })
  await letGoBy(userId, 590_000)
  expect((await ask(userId)).outcome).toBe('waiting')
  await letGoBy(userId, 601_000)
  expect((await ask(userId)).outcome).toBe('absent')
})
