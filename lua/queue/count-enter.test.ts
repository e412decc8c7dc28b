import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { enterQueue } from './enter-queue.ts'
import { activeKey, pollsKey, queueKey } from './keys.ts'
import { readPlace } from './read-place.ts'
import { ageKeys } from './test-room.ts'

const redis = testRedis()
const entersPerMinute = 30
const scene = () => ({ scheduleId: randomUUID(), userId: randomUUID() })
const letGoBy = (who: { userId: string }, ms: number) => ageKeys(redis, { keys: [pollsKey(who.userId)] }, { ms })

test('the 31st entry of an account in a minute is refused until the minute is over, and does not touch the place', async () => {
  const who = scene()
  for (let entry = 1; entry <= 30; entry += 1) {
    expect((await enterQueue(redis, { ...who, entersPerMinute })).outcome).toBe('waiting')
  }
  const scoreUs = await redis.client.zscore(queueKey(who.scheduleId), who.userId)
  await redis.client.pexpire(activeKey(who.userId), 5_000)
  await letGoBy(who, 20_000)
  const refused = await enterQueue(redis, { ...who, entersPerMinute })
  if (refused.outcome !== 'limited') throw new Error(refused.outcome)
  expect(refused.retryAfterMs).toBeLessThanOrEqual(40_000)
  expect(refused.retryAfterMs).toBeGreaterThan(0)
  expect(await redis.client.pttl(activeKey(who.userId))).toBeLessThanOrEqual(5_000)
  expect(await redis.client.zscore(queueKey(who.scheduleId), who.userId)).toBe(scoreUs)

  await letGoBy(who, refused.retryAfterMs)
  expect(await enterQueue(redis, { ...who, entersPerMinute })).toMatchObject({ outcome: 'waiting', ahead: 0, total: 1 })
})

test('the entries of an account count in all schedules together, and refused ones count too', async () => {
  const userId = randomUUID()
  const entered = await Promise.all(
    Array.from({ length: 40 }, () => enterQueue(redis, { scheduleId: randomUUID(), userId, entersPerMinute })),
  )
  const outcomes = entered.map(({ outcome }) => outcome)
  expect(outcomes.filter((outcome) => outcome === 'waiting')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'elsewhere')).toHaveLength(29)
  expect(outcomes.filter((outcome) => outcome === 'limited')).toHaveLength(10)
})

test('entering too often takes nobody’s polls away, and polling nobody’s entries', async () => {
  const who = scene()
  for (let entry = 0; entry < 40; entry += 1) await enterQueue(redis, { ...who, entersPerMinute })
  for (let poll = 0; poll < 15; poll += 1) {
    expect((await readPlace(redis, { ...who, pollsPerMinute: 15 })).outcome).toBe('waiting')
  }
  const other = scene()
  for (let poll = 0; poll < 40; poll += 1) await readPlace(redis, { ...other, pollsPerMinute: 15 })
  expect((await enterQueue(redis, { ...other, entersPerMinute })).outcome).toBe('waiting')
})

test('a clock of Redis that goes back locks nobody out', async () => {
  const who = scene()
  for (let entry = 0; entry < 31; entry += 1) await enterQueue(redis, { ...who, entersPerMinute })
  await redis.client.hincrby(pollsKey(who.userId), 'entersEndMs', 3_600_000)
  expect((await enterQueue(redis, { ...who, entersPerMinute })).outcome).toBe('waiting')
})

test('who enters once and is never heard of again leaves no books behind', async () => {
  const who = scene()
  await enterQueue(redis, who)
  const lifeMs = await redis.client.pttl(pollsKey(who.userId))
  expect(lifeMs).toBeGreaterThan(60_000)
  expect(lifeMs).toBeLessThanOrEqual(90_000)
})
