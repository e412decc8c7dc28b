import { randomUUID } from 'node:crypto'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { closeRoster, type RosterClosing } from './close-roster.ts'
import { enterQueue } from './enter-queue.ts'
import { holdDraw } from './hold-draw.ts'
import { epochKey, queueKey } from './keys.ts'
import type { TicketFacts } from './place-request.ts'
import { readPeople } from './read-people.ts'
import { newDrawId } from './test-draw-id.ts'
import { ticketOf } from './test-loss.ts'
import { nextMoment, redisNowMs } from './test-room.ts'
import { drawStages, type ToldDraw } from './told-draw.ts'

const redis = testRedis()
let scheduleId: string
let draw: ToldDraw
let due: RosterClosing
beforeEach(async () => {
  scheduleId = randomUUID()
  const nowMs = await redisNowMs(redis)
  draw = { id: newDrawId(), stage: drawStages.committed, opensUs: (nowMs - 1_000) * 1_000, closedUs: 0 }
  due = { dueMs: nowMs, settleMs: 25_000, settleMaxMs: 300_000 }
})
const enterAgain = async (userId: string, ticket?: TicketFacts) =>
  ticketOf(await enterQueue(redis, { scheduleId, userId, draw, ticket }))
const enter = async () => (await enterAgain(randomUUID())).scoreUs
/** T-0 comes, after everything so far. */
const start = async () => {
  due = { ...due, dueMs: await nextMoment(redis) }
}
const close = (closing: RosterClosing = due, told = draw) => closeRoster(redis, scheduleId, told, closing)

async function closedUs(closing?: RosterClosing): Promise<number> {
  const closed = await close(closing)
  if (closed.outcome !== 'closed') throw new Error(`the roster was not closed: ${closed.outcome}`)
  return closed.closedUs
}

describe('the moment of closing', () => {
  test('is T-0, however late it is fixed: after every place from before, before every later one', async () => {
    const before = [await enter(), await enter()]
    await start()
    const after = [await enter(), await enter()]
    const moment = await closedUs()
    expect(moment).toBe(due.dueMs * 1_000)
    expect(Math.max(...before)).toBeLessThan(moment)
    expect(Math.min(...after, await enter())).toBeGreaterThan(moment)
  })

  test('is after every place so far where the clock has gone back: who came before T-0 cannot be told from others', async () => {
    await enter()
    await start()
    const aheadUs = due.dueMs * 1_000 + 3_600_000_000
    await redis.client.hset(epochKey(scheduleId), { lastUs: aheadUs })
    const before = [await enter(), await enter()]
    const moment = await closedUs()
    expect(Math.max(...before)).toBeLessThan(moment)
    expect(moment % 1_000).toBe(0)
    expect(await enter()).toBeGreaterThan(moment)
  })

  test('is one, also for 20 that close at once while people enter', async () => {
    await enter()
    await start()
    await redis.client.hset(epochKey(scheduleId), { lastUs: due.dueMs * 1_000 + 3_600_000_000 })
    const entering = Promise.all(Array.from({ length: 50 }, () => enter()))
    const moments = await Promise.all(Array.from({ length: 20 }, () => closedUs()))
    expect(new Set(moments).size).toBe(1)
    const [moment = 0] = moments
    await entering
    const places = (await redis.client.zrange(queueKey(scheduleId), 0, '-1', 'WITHSCORES')).filter(
      (_, at) => at % 2 === 1,
    )
    expect(places.every((place) => Number(place) !== moment)).toBe(true)
    expect(await closedUs()).toBe(moment)
  })

  test('does not come before T-0', async () => {
    await enter()
    const early = await close({ ...due, dueMs: due.dueMs + 60_000 })
    expect(early).toMatchObject({ outcome: 'early', waitMs: expect.any(Number) })
  })

  test('is not for who knows less than Redis', async () => {
    await enter()
    await holdDraw(redis, scheduleId, { ...draw, stage: drawStages.closed, closedUs: 1_790_000_000_000_000 })
    expect(await close()).toEqual({ outcome: 'outdated' })
    expect(await close(due, { ...draw, id: '00000000-0000-7000-8000-000000000000' })).toEqual({ outcome: 'outdated' })
  })
})

describe('after a loss of Redis the roster waits for those who are to come back', () => {
  test('if the process has seen the queue before', async () => {
    const knownUs = await enter()
    await emptyRedis(redis)
    const early = await close({ ...due, knownUs })
    expect(early.outcome).toBe('early')
    expect(early.outcome === 'early' && early.waitMs).toBeGreaterThan(20_000)
  })

  test('if it has not: an epoch that began long after the opening of the pre-queue shows it', async () => {
    const longOpen = { ...draw, opensUs: draw.opensUs - 60_000_000 }
    expect((await close(due, longOpen)).outcome).toBe('early')
    const fromTheBeginning = { ...draw, id: newDrawId() }
    expect((await close(due, fromTheBeginning)).outcome).toBe('closed')
  })

  test('not longer than they need, nor for ever', async () => {
    const knownUs = await enter()
    await emptyRedis(redis)
    await close({ ...due, knownUs })
    const { beganMs = '' } = await redis.client.hgetall(epochKey(scheduleId))
    expect((await close({ ...due, settleMaxMs: 0 })).outcome).toBe('closed')
    await emptyRedis(redis)
    await close({ ...due, knownUs })
    await redis.client.hset(epochKey(scheduleId), { beganMs: Number(beganMs) - due.settleMs })
    expect((await close()).outcome).toBe('closed')
  })

  test('and of those who come back after T-0 closes with who entered before it', async () => {
    const userId = randomUUID()
    const ticket = await enterAgain(userId)
    await emptyRedis(redis)
    const again = await enter()
    await start()
    const knownUs = ticket.scoreUs
    expect((await close({ ...due, knownUs })).outcome).toBe('early')
    const newcomer = await enter()
    const back = (await enterAgain(userId, ticket)).scoreUs
    const moment = await closedUs({ ...due, knownUs, settleMaxMs: 0 })
    expect(back).toBe(ticket.scoreUs)
    expect(Math.max(back, again)).toBeLessThan(moment)
    expect(newcomer).toBeGreaterThan(moment)
  })
})

test('everybody who stays is read, however many come, leave and move meanwhile', async () => {
  const staying = Array.from({ length: 3_000 }, () => randomUUID())
  const key = queueKey(scheduleId)
  await redis.client.zadd(key, ...staying.flatMap((userId, at) => [at + 1, userId]))
  const seen = new Set<string>()
  let page = 0
  for await (const people of readPeople(redis, scheduleId)) {
    for (const { userId } of people) seen.add(userId)
    page += 1
    const newcomers = Array.from({ length: 500 }, (_, at) => [10_000 * page + at, randomUUID()]).flat()
    await redis.client.zadd(key, ...newcomers)
    // What has been read moves to the front, as drawn places do.
    await redis.client.zadd(key, 'XX', ...people.flatMap(({ userId }, at) => [-at, userId]))
  }
  expect(staying.every((userId) => seen.has(userId))).toBe(true)
})
