import { randomUUID } from 'node:crypto'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { holdDraw } from './hold-draw.ts'
import { drawKey, epochKey, logKey, pollsKey } from './keys.ts'
import { openDraw } from './open-draw.ts'
import { defaultQueueConfig, writeQueueConfig } from './queue-config.ts'
import { readPlace } from './read-place.ts'
import { readUndrawn } from './read-undrawn.ts'
import { releaseDraw } from './release-draw.ts'
import { tellDraw } from './tell-draw.ts'
import { newDrawId } from './test-draw-id.ts'
import { drawStages, type ToldDraw } from './told-draw.ts'

const redis = testRedis()
let scheduleId: string
let draw: ToldDraw
beforeEach(() => {
  scheduleId = randomUUID()
  draw = { id: newDrawId(), stage: drawStages.committed, opensUs: 1_000_000, closedUs: 0 }
})
const decided = (): ToldDraw => ({ ...draw, stage: drawStages.decided })
const enter = (told: ToldDraw | null = draw) => enterQueue(redis, { scheduleId, userId: randomUUID(), draw: told })
const admitted = async (told: ToldDraw | null = null) => (await admitBatch(redis, scheduleId, { draw: told })).admitted

async function hold(told: ToldDraw = draw) {
  const held = await holdDraw(redis, scheduleId, told)
  if (held.outcome !== 'held') throw new Error('the pre-queue is not open')
  return held
}

describe('a draw holds admission', () => {
  test('from the first entry on, also by a replica that has heard of none, and says so', async () => {
    await enter()
    expect(await admitted()).toEqual([])
    expect(await admitBatch(redis, scheduleId)).toMatchObject({ undrawn: draw.id, heldMs: 1_000, waiting: 1 })
    expect(await readUndrawn(redis, scheduleId)).toBe(true)
  })

  test('by a replica that knows of it, though Redis has lost it', async () => {
    await enter()
    await redis.client.del(drawKey(scheduleId))
    expect(await admitted(draw)).toEqual([])
    expect(await admitted()).toEqual([])
  })

  test('until its order stands, and then for nobody', async () => {
    await enter()
    const { epochUs, isUndrawn } = await hold(decided())
    expect(isUndrawn).toBe(true)
    expect(await openDraw(redis, scheduleId, decided(), epochUs)).toEqual({ outcome: 'opened' })
    expect((await hold(decided())).isUndrawn).toBe(false)
    expect(await readUndrawn(redis, scheduleId)).toBe(false)
    expect(await admitted()).toHaveLength(1)
  })

  test('again after a loss of Redis, until the order stands in the new epoch', async () => {
    const { epochUs } = await hold(decided())
    await openDraw(redis, scheduleId, decided(), epochUs)
    await emptyRedis(redis)
    await enter(decided())
    expect(await openDraw(redis, scheduleId, decided(), epochUs)).toEqual({ outcome: 'outdated' })
    expect(await admitted()).toEqual([])
    const { epochUs: later } = await hold(decided())
    await openDraw(redis, scheduleId, decided(), later)
    expect(await admitted()).toHaveLength(1)
  })

  test('also after a fail-over that has forgotten the last moments alone, and not the draw', async () => {
    const { epochUs } = await hold(decided())
    await openDraw(redis, scheduleId, decided(), epochUs)
    await enter(decided())
    const knownUs = epochUs + 3_600_000_000
    await enterQueue(redis, { scheduleId, userId: randomUUID(), draw: decided(), knownUs })
    await redis.client.hset(epochKey(scheduleId), { graceUntilMs: 1 })
    expect(await admitBatch(redis, scheduleId, { knownUs })).toMatchObject({
      undrawn: draw.id,
      admitted: [],
      waiting: 2,
    })
  })

  test('not before its pre-queue opens', async () => {
    expect(await holdDraw(redis, scheduleId, { ...draw, opensUs: 4e15 })).toEqual({ outcome: 'early' })
    expect(await redis.client.exists(drawKey(scheduleId))).toBe(0)
  })

  test('and a schedule without one is not touched', async () => {
    await enter(null)
    expect(await redis.client.exists(drawKey(scheduleId))).toBe(0)
    expect(await admitBatch(redis, scheduleId)).toMatchObject({ undrawn: null, heldMs: 0, inside: 1 })
  })
})

test('of one draw the later stage counts, of two draws the later one: a slow replica takes nothing back', async () => {
  const { epochUs } = await hold(decided())
  expect((await hold()).isBehind).toBe(true)
  expect(await openDraw(redis, scheduleId, draw, epochUs)).toEqual({ outcome: 'outdated' })
  await openDraw(redis, scheduleId, decided(), epochUs)
  await enter()
  expect(await readUndrawn(redis, scheduleId)).toBe(false)
  const next = { ...draw, id: newDrawId() }
  expect(await hold(next)).toMatchObject({ isUndrawn: true, isBehind: false })
  expect((await hold(decided())).isBehind).toBe(true)
  expect(await redis.client.hget(drawKey(scheduleId), 'id')).toBe(next.id)
})

test('in a pre-queue everybody is told to ask again in 15 to 20 s, spread, and an early poll tells no rank either', async () => {
  const advised: number[] = []
  for (let person = 0; person < 200; person += 1) {
    const userId = randomUUID()
    const entered = await enterQueue(redis, { scheduleId, userId, draw })
    if (entered.outcome !== 'waiting') throw new Error('there is no place')
    expect(entered.isUndrawn).toBe(true)
    advised.push(entered.pollAfterMs)
    if (person > 0) continue
    const early = await readPlace(redis, { scheduleId, userId, draw, pollsPerMinute: 15 })
    expect(early).toMatchObject({ outcome: 'waiting', isUndrawn: true })
    expect(await redis.client.hexists(pollsKey(userId), 'ahead')).toBe(0)
  }
  for (let second = 15; second < 20; second += 1) {
    const inSecond = advised.filter((ms) => Math.floor(ms / 1_000) === second)
    expect(inSecond.length).toBeGreaterThan(30)
  }
  expect(Math.max(...advised)).toBeLessThanOrEqual(20_000)
})

test('the capacity holds in a pre-queue too (QUEUE-006)', async () => {
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, capacity: 2 })
  const outcomes = [await enter(), await enter(), await enter()].map(({ outcome }) => outcome)
  expect(outcomes).toEqual(['waiting', 'waiting', 'full'])
})

test('each step of a draw stands in the log once, whoever tells it', async () => {
  await hold(decided())
  const tell = (stage: number, k: string) => tellDraw(redis, { scheduleId, drawId: draw.id, stage, fields: { k } })
  await Promise.all([tell(3, 'draw-closed'), tell(3, 'draw-closed')])
  await tell(4, 'drawn')
  expect(await tell(3, 'draw-closed')).toEqual({ outcome: 'known' })
  expect((await hold(decided())).toldStage).toBe(4)
  const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
  expect(entries.map(([, fields]) => fields[1])).toEqual(['epoch', 'draw-closed', 'drawn'])
})

test('a draw that was given up in time is forgotten, another one is not', async () => {
  await enter()
  expect(await releaseDraw(redis, scheduleId, newDrawId())).toEqual({ outcome: 'absent' })
  expect(await admitted()).toEqual([])
  expect(await releaseDraw(redis, scheduleId, draw.id)).toEqual({ outcome: 'released' })
  expect(await admitted()).toHaveLength(1)
})
