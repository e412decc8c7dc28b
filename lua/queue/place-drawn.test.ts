import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { closeRoster } from './close-roster.ts'
import { enterQueue } from './enter-queue.ts'
import { holdDraw } from './hold-draw.ts'
import { queueKey } from './keys.ts'
import { leaveQueue } from './leave-queue.ts'
import { type DrawnPlace, placeDrawn } from './place-drawn.ts'
import { newDrawId } from './test-draw-id.ts'
import { nextMoment, redisNowMs } from './test-room.ts'
import { drawnPlaceMax, drawStages, type ToldDraw } from './told-draw.ts'

const redis = testRedis()
let scheduleId: string
let draw: ToldDraw
let users: string[]
let epochUs: number

const enter = (userId: string = randomUUID()) => enterQueue(redis, { scheduleId, userId, draw })
const line = () => redis.client.zrange(queueKey(scheduleId), 0, '-1')
const place = (people: readonly DrawnPlace[], told = draw) => placeDrawn(redis, scheduleId, told, { epochUs, people })
/** The last one to enter is drawn first. */
const reversed = () => users.map((userId, index) => ({ userId, place: users.length - index }))

beforeEach(async () => {
  scheduleId = randomUUID()
  const opensUs = ((await redisNowMs(redis)) - 1) * 1_000
  draw = { id: newDrawId(), stage: drawStages.committed, opensUs, closedUs: 0 }
  users = Array.from({ length: 6 }, () => randomUUID())
  for (const userId of users) await enter(userId)
  const dueMs = await nextMoment(redis)
  const closed = await closeRoster(redis, scheduleId, draw, { dueMs, settleMs: 0, settleMaxMs: 0 })
  if (closed.outcome !== 'closed') throw new Error('the roster is open')
  draw = { ...draw, stage: drawStages.decided, closedUs: closed.closedUs }
  const held = await holdDraw(redis, scheduleId, draw)
  epochUs = held.outcome === 'held' ? held.epochUs : 0
})

describe('drawn places', () => {
  test('put people in their order, before everybody who comes late, and may be given again', async () => {
    const late = randomUUID()
    await enter(late)
    expect(await place(reversed())).toEqual({ outcome: 'placed', count: 6 })
    expect(await place(reversed())).toEqual({ outcome: 'placed', count: 0 })
    expect(await line()).toEqual([...users.toReversed(), late])
    expect(Number(await redis.client.zscore(queueKey(scheduleId), users[5] ?? ''))).toBeLessThanOrEqual(drawnPlaceMax)
  })

  test('are not for who has left, nor for who came back after the closing; without looking they would overtake', async () => {
    const [gone = '', again = '', ...rest] = users
    await leaveQueue(redis, { scheduleId, userId: gone })
    await leaveQueue(redis, { scheduleId, userId: again })
    const late = randomUUID()
    await enter(late)
    await enter(again)
    await place(reversed())
    expect(await line()).toEqual([...rest.toReversed(), late, again])
    // Control: what an unconditional write would do to the one who came back.
    await redis.client.zadd(queueKey(scheduleId), 'XX', 5, again)
    expect(await line()).not.toEqual([...rest.toReversed(), late, again])
  })

  test('by several processes at once, in any batches, are the same', async () => {
    const people = reversed()
    await Promise.all([
      ...people.map((one) => place([one])),
      ...people.toReversed().map((one) => place([one])),
      place(people.slice(2)),
    ])
    expect(await line()).toEqual(users.toReversed())
  })

  test('send who was not in the roster to the end, behind those who came late', async () => {
    const late = randomUUID()
    await enter(late)
    const [stranger = '', ...rest] = users
    await place([{ userId: stranger, place: null }, ...reversed().slice(1)])
    expect(await line()).toEqual([...rest.toReversed(), late, stranger])
    const later = randomUUID()
    await enter(later)
    expect((await line()).at(-1)).toBe(later)
  })

  test('of another epoch, or by who knows less than Redis, change nothing', async () => {
    const before = await line()
    const stale = { ...draw, stage: drawStages.committed, closedUs: 0 }
    expect(await place(reversed(), stale)).toEqual({ outcome: 'outdated' })
    epochUs -= 1
    expect(await place(reversed())).toEqual({ outcome: 'outdated' })
    expect(await line()).toEqual(before)
  })
})
