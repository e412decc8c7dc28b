import { randomUUID } from 'node:crypto'
import { closeQueue, defaultRecovery, openQueue, schedulesKey, writeQueueConfig } from '@ticket-queue/lua/queue'
import { emptyRedis, testDatabase, testRedis } from '@ticket-queue/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { admitWaiting } from './admit-waiting/admit-waiting.ts'
import { createPace } from './pace.ts'
import { createRecoveries, type Recoveries } from './recoveries.ts'
import type { Database } from './store/database.ts'
import { type AskingCrowd, askingCrowd } from './test-asking-crowd.ts'
import { testDraws } from './test-draws.ts'
import { startTestService } from './test-queue-service.ts'

const redis = testRedis()
const { database } = await testDatabase<Database>('queue')
beforeEach(() => redis.client.del(schedulesKey))

const people = 200
const perSecond = 10
/** All have asked again, and admission has come far. */
const afterLossMs = 45_000

/** What the services do without knowing what people have been told. */
const fixedGrace = (): Recoveries => ({ of: () => defaultRecovery, lateMs: () => 0, observe: () => {} })

interface Outcome {
  /** People who were let in since the loss, or stand, behind somebody who was after them. */
  readonly overtaken: number
  readonly admittedIn10s: number
  readonly admitted: number
}

/** Empties Redis, and compares the order of those who waited with the one they end up in. */
async function loseRedis(crowd: AskingCrowd): Promise<Outcome> {
  const before = new Set(await crowd.admitted())
  const waited = (await crowd.order()).filter((userId) => !before.has(userId))
  await emptyRedis(redis)
  await crowd.run(10_000)
  const admittedIn10s = (await crowd.admitted()).length
  await crowd.run(afterLossMs - 10_000)
  const places = new Map(waited.map((userId, place) => [userId, place]))
  const order = (await crowd.order()).flatMap((userId) => places.get(userId) ?? [])
  expect(order).toHaveLength(waited.length)
  let last = -1
  const overtaken = order.filter((place) => {
    last = Math.max(last, place)
    return place < last
  }).length
  return { overtaken, admittedIn10s, admitted: (await crowd.admitted()).length }
}

interface Story {
  readonly perSecond?: number
  /** Until a second before the loss. */
  before(crowd: AskingCrowd, scheduleId: string): Promise<unknown>
}

async function tell({ before, perSecond: atFirst = perSecond }: Story, create = createRecoveries): Promise<Outcome> {
  const clock = { ms: 0 }
  const nowMs = () => clock.ms
  const changes = { pace: createPace(redis, nowMs), recoveries: create(defaultRecovery, nowMs) }
  const service = await startTestService(redis, changes)
  try {
    const scheduleId = service.openSchedule()
    await writeQueueConfig(redis, scheduleId, { batchSize: atFirst })
    const crowd = await askingCrowd(redis, service, scheduleId, { clock, tick: () => admitWaiting(service.admission) })
    await crowd.enter(Array.from({ length: people }, () => randomUUID()))
    await before(crowd, scheduleId)
    await crowd.run(1_000)
    return await loseRedis(crowd)
  } finally {
    await service.close()
  }
}

const stories: Record<string, Story> = {
  'a paused queue has gone on': {
    before: async (crowd, scheduleId) => {
      await writeQueueConfig(redis, scheduleId, { paused: true })
      await crowd.run(12_500)
      await writeQueueConfig(redis, scheduleId, { paused: false })
    },
  },
  'a sold-out queue has been opened again': {
    before: async (crowd, scheduleId) => {
      await closeQueue(redis, scheduleId, 'SOLD_OUT', 'know-seats')
      await crowd.run(24_500)
      await openQueue(redis, scheduleId, 'know-seats')
    },
  },
  'the rate was raised tenfold': {
    perSecond: 1,
    before: async (crowd, scheduleId) => {
      await crowd.run(25_000)
      await writeQueueConfig(redis, scheduleId, { batchSize: perSecond })
    },
  },
  'the shop was full': {
    before: async (crowd, scheduleId) => {
      await writeQueueConfig(redis, scheduleId, { maxInside: 60 })
      await crowd.run(90_000)
    },
  },
}

/** A draw without a beacon: people have asked in the pre-queue when the roster closes and the order is drawn. */
async function tellDraw(create = createRecoveries): Promise<Outcome> {
  const clock = { ms: 0 }
  const nowMs = () => clock.ms
  const changes = { pace: createPace(redis, nowMs), recoveries: create(defaultRecovery, nowMs) }
  const draws = await testDraws(redis, database, changes)
  try {
    const scheduleId = await draws.commit()
    let isDue = false
    const tick = async () => {
      if (isDue) await draws.conduct()
      await draws.admit()
    }
    const crowd = await askingCrowd(redis, draws.service, scheduleId, { clock, tick })
    await crowd.enter(Array.from({ length: people }, () => randomUUID()))
    await crowd.run(20_500)
    isDue = true
    await draws.conduct()
    await crowd.run(1_500)
    expect(draws.drawOf(scheduleId).status).toBe('DRAWN')
    return await loseRedis(crowd)
  } finally {
    await draws.close()
  }
}

describe('Redis is emptied a second after', () => {
  for (const [name, story] of Object.entries(stories)) {
    test(`${name}: nobody who asks as told is overtaken, and admission goes on`, async () => {
      const { overtaken, admitted } = await tell(story)
      expect(overtaken).toBe(0)
      expect(admitted).toBeGreaterThan(50)
    }, 180_000)

    test(`control: ${name}, with a fixed grace of six seconds people overtake each other`, async () => {
      expect((await tell(story, fixedGrace)).overtaken).toBeGreaterThan(5)
    }, 180_000)
  }

  test('a queue has moved as people were told: admission goes on within 10 s, and nobody who asks as told is overtaken', async () => {
    const { overtaken, admittedIn10s } = await tell({ before: (crowd) => crowd.run(2_000) })
    expect(overtaken).toBe(0)
    expect(admittedIn10s).toBeGreaterThan(0)
  }, 180_000)

  test('the order was drawn: the drawn order stands, and admission goes on', async () => {
    const { overtaken, admitted } = await tellDraw()
    expect(overtaken).toBe(0)
    expect(admitted).toBeGreaterThan(50)
  }, 180_000)

  test('control: the order was drawn, with a fixed grace of six seconds people overtake each other', async () => {
    expect((await tellDraw(fixedGrace)).overtaken).toBeGreaterThan(50)
  }, 180_000)
})
