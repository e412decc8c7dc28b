import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
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
