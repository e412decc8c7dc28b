import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { describe, expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { closeQueue } from './close-queue.ts'
import { enterQueue } from './enter-queue.ts'
import { pollsKey, queueKey } from './keys.ts'
import { readPlace } from './read-place.ts'
import { ageKeys } from './test-room.ts'

const redis = testRedis()
const scene = () => ({ scheduleId: randomUUID(), userId: randomUUID() })
const ask = (who: { scheduleId: string; userId: string }) => readPlace(redis, { ...who, pollsPerMinute: 15 })
const letGoBy = (who: { userId: string }, ms: number) => ageKeys(redis, { keys: [pollsKey(who.userId)] }, { ms })

test('an early poll gets the last answer with the time that is left, and does not look at the queue', async () => {
  const who = scene()
  const entered = await enterQueue(redis, { ...who, perSecond: 0 })
  await redis.client.del(queueKey(who.scheduleId))
  await letGoBy(who, 4_000)
  const place = await ask(who)
  if (entered.outcome !== 'waiting' || place.outcome !== 'waiting') throw new Error(place.outcome)
  const { ahead, total, epochUs, scoreUs } = entered
  expect(place).toMatchObject({ ahead, total })
  expect([place.epochUs, place.scoreUs].map((us) => us + 4_000_000)).toEqual([epochUs, scoreUs])
  expect(place.pollAfterMs).toBeLessThanOrEqual(6_000)
  expect(place.pollAfterMs).toBeGreaterThan(5_000)
})

test('a poll up to 250 ms before the advised time is in time', async () => {
  const who = scene()
  await enterQueue(redis, { ...who, perSecond: 0 })
  await enterQueue(redis, { scheduleId: who.scheduleId, userId: randomUUID() })
  await letGoBy(who, 9_800)
  expect(await ask(who)).toMatchObject({ outcome: 'waiting', total: 2 })
})

test('who asks at the advised times is never refused, also far more than 15 times a minute', async () => {
  const who = scene()
  await enterQueue(redis, who)
  for (let poll = 0; poll < 100; poll += 1) {
    const place = await ask(who)
    if (place.outcome !== 'waiting') throw new Error(`${place.outcome} at poll ${poll}`)
    expect(place.pollAfterMs).toBeLessThanOrEqual(1_500)
    await letGoBy(who, place.pollAfterMs)
  }
})

test('three devices of one account near the front, each asking when told, do not shut each other out', async () => {
  const who = scene()
  await enterQueue(redis, who)
  const nextMs = [0, 400, 800]
  for (let nowMs = 0; nowMs < 180_000; ) {
    const device = nextMs.indexOf(Math.min(...nextMs))
    const atMs = nextMs[device] ?? 0
    await letGoBy(who, atMs - nowMs)
    nowMs = atMs
    const place = await ask(who)
    if (place.outcome !== 'waiting') throw new Error(`${place.outcome} at ${nowMs} ms`)
    nextMs[device] = nowMs + Math.max(place.pollAfterMs, 1)
  }
})

/** The most refused tab of so many, each of which waits as it was told, for three minutes of one account's time. */
async function askInTabs(who: { scheduleId: string; userId: string }, count: number, perSecond: number) {
  const nextMs = Array.from({ length: count }, (_, tab) => tab * 137)
  let [answered, refused] = [0, 0]
  for (let nowMs = 0; nowMs < 180_000; ) {
    const tab = nextMs.indexOf(Math.min(...nextMs))
    const atMs = nextMs[tab] ?? 0
    await letGoBy(who, atMs - nowMs)
    nowMs = atMs
    const place = await readPlace(redis, { ...who, perSecond, pollsPerMinute: 15 })
    if (place.outcome === 'limited') refused += 1
    else answered += 1
    const waitMs =
      'pollAfterMs' in place ? place.pollAfterMs : place.outcome === 'limited' ? place.retryAfterMs : 60_000
    nextMs[tab] = nowMs + Math.max(waitMs, 1)
  }
  return { answered, refused }
}

describe.each([6, 12])('%i tabs of one account that wait as told are never refused', (count) => {
  test.each([
    ['in a paused queue', 0],
    ['at the front', 10],
  ])(
    '%s',
    async (_, perSecond) => {
      const who = scene()
      await enterQueue(redis, { ...who, perSecond })
      const { answered, refused } = await askInTabs(who, count, perSecond)
      expect(refused).toBe(0)
      expect(answered).toBeGreaterThanOrEqual(perSecond === 0 ? 12 * count : 100 * count)
    },
    120_000,
  )

  test.each(['SOLD_OUT', 'SALE_ENDED'] as const)(
    'in a queue closed by %s',
    async (reason) => {
      const who = scene()
      await enterQueue(redis, who)
      await closeQueue(redis, who.scheduleId, reason, 'test')
      expect((await askInTabs(who, count, 0)).refused).toBe(0)
    },
    120_000,
  )

  test('inside', async () => {
    const who = scene()
    await enterQueue(redis, who)
    await admitBatch(redis, who.scheduleId)
    expect((await askInTabs(who, count, 0)).refused).toBe(0)
  }, 120_000)
})

test('a clock that has gone back by an hour keeps nobody away: the next poll is in time, and those after it are told so', async () => {
  const who = scene()
  await enterQueue(redis, who)
  await redis.client.hincrby(pollsKey(who.userId), 'nextMs', 3_600_000)
  for (let poll = 0; poll < 2; poll += 1) {
    const place = await ask(who)
    if (place.outcome !== 'waiting') throw new Error(place.outcome)
    expect(place.pollAfterMs).toBeLessThanOrEqual(30_000)
  }
})

test('what the service asks for a person counts as no poll of theirs: neither a time nor a limit of theirs changes', async () => {
  const who = scene()
  await enterQueue(redis, { ...who, perSecond: 0 })
  await ask(who)
  const before = await redis.client.hgetall(pollsKey(who.userId))
  for (let round = 0; round < 60; round += 1) {
    expect((await readPlace(redis, { ...who, pollsPerMinute: 0 })).outcome).toBe('waiting')
  }
  expect(await redis.client.hgetall(pollsKey(who.userId))).toEqual(before)
  expect((await ask(who)).outcome).toBe('waiting')
})

test('negative control: who hammers a place, at the front or far away, is refused', async () => {
  for (const perSecond of [0, 10]) {
    const who = scene()
    await enterQueue(redis, { ...who, perSecond })
    let refused = 0
    for (let second = 0; second < 10; second += 1) {
      await letGoBy(who, 1_000)
      const polls = Array.from({ length: 40 }, () => readPlace(redis, { ...who, perSecond, pollsPerMinute: 15 }))
      refused += (await Promise.all(polls)).filter(({ outcome }) => outcome === 'limited').length
    }
    expect(refused).toBeGreaterThan(50)
  }
})

test('who hammers is refused from the 16th poll of a minute on, also across schedules and without a place, and may ask again a minute later', async () => {
  const userId = randomUUID()
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask({ scheduleId: randomUUID(), userId })))
  expect(answers.filter(({ outcome }) => outcome === 'absent')).toHaveLength(15)
  const refused = answers.filter((answer) => answer.outcome === 'limited')
  expect(refused).toHaveLength(25)
  expect(Math.max(...refused.map(({ retryAfterMs }) => retryAfterMs))).toBeGreaterThan(55_000)
  await letGoBy({ userId }, 60_000)
  expect((await ask({ scheduleId: randomUUID(), userId })).outcome).toBe('absent')
})
