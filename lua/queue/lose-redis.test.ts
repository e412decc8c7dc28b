import { randomUUID } from 'node:crypto'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { epochKey, queueKey } from './keys.ts'
import { type Crowd, gather } from './test-crowd.ts'

const redis = testRedis()
const lossMs = 3_000
/** Later than anybody was told to ask. */
const allBackMs = lossMs + 25_000

const admittedAfterLoss = (crowd: Crowd) => crowd.admitted.filter(({ atMs }) => atMs > lossMs)

/** How many were let in since the loss, or stand, behind somebody who came later. Who had been let in before it is first again. */
async function overtakenIn(crowd: Crowd): Promise<number> {
  const cameAs = new Map(crowd.userIds.map((userId, index) => [userId, index]))
  const line = await redis.client.zrange(queueKey(crowd.scheduleId), 0, '-1')
  const order = [...admittedAfterLoss(crowd).map(({ userId }) => userId), ...line]
  const numbers = order.map((userId) => cameAs.get(userId) ?? Number.POSITIVE_INFINITY)
  let latest = -1
  return numbers.filter((number) => {
    latest = Math.max(latest, number)
    return number < latest
  }).length
}

/** The last in line waits 100 s. */
async function crowdThatLosesRedis(people: number, prepare: (crowd: Crowd) => void = () => {}) {
  const crowd = await gather(redis, people, people / 100)
  prepare(crowd)
  await crowd.run(lossMs)
  await emptyRedis(redis)
  const newcomers = Array.from({ length: 200 }, () => randomUUID())
  await crowd.join(newcomers)
  await crowd.run(allBackMs)
  return { crowd, newcomers }
}

test('Redis is emptied in the middle of 10,000 who ask as told: admission goes on within 10 s, nobody overtakes anybody, no number is given twice, newcomers stand behind', async () => {
  const people = 10_000
  const { crowd, newcomers } = await crowdThatLosesRedis(people)
  const before = crowd.admitted.filter(({ atMs }) => atMs <= lossMs)
  const after = admittedAfterLoss(crowd)
  expect(before.length).toBeGreaterThanOrEqual(people / 100)
  expect(after[0]?.atMs).toBeLessThanOrEqual(lossMs + 10_000)
  expect(await overtakenIn(crowd)).toBe(0)
  const line = await redis.client.zrange(queueKey(crowd.scheduleId), 0, '-1', 'WITHSCORES')
  const scores = line.filter((_, index) => index % 2 === 1)
  expect(new Set(scores).size).toBe(line.length / 2)
  expect(
    line
      .filter((_, index) => index % 2 === 0)
      .slice(-newcomers.length)
      .toSorted(),
  ).toEqual(newcomers.toSorted())
  expect(await redis.client.hget(epochKey(crowd.scheduleId), 'isLoss')).toBe('1')
}, 120_000)

test('control: without tickets people overtake each other', async () => {
  const { crowd } = await crowdThatLosesRedis(2_000, (those) => those.loseTickets())
  expect(await overtakenIn(crowd)).toBeGreaterThan(1_000)
}, 120_000)
