import { randomUUID } from 'node:crypto'
import {
  activeKey,
  admitBatch,
  admittedKey,
  closeQueue,
  controlTurnKey,
  endStays,
  enterQueue,
  logKey,
  readQueueConfig,
  schedulesKey,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import { holdSeats } from '@ticket-queue/lua/seat'
import { createLog, createMetrics } from '@ticket-queue/service-kit'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import type { LoadSignals } from '../domain/adapt-rate.ts'
import { adaptAdmissionJob } from './adapt-admission.job.ts'
import { type AdaptAdmissionDeps, adaptAdmission } from './adapt-admission.ts'
import { createRateFigures } from './rate-figures.ts'

const redis = testRedis()
const never = new AbortController().signal
const healthy = { confirmations: 50, confirmP95Ms: 800, errorShare: 0, inFlight: 2 }
let payment: LoadSignals['payment']
let asked: number
let deps: AdaptAdmissionDeps

beforeEach(async () => {
  await redis.client.del(schedulesKey)
  payment = healthy
  asked = 0
  deps = {
    redis,
    log: createLog('queue-test', 'silent'),
    figures: createRateFigures(createMetrics('queue-test')),
    everyMs: 60_000,
    readPaymentLoad: async () => {
      asked += 1
      return payment
    },
  }
})

const limits = {
  floorPerSecond: 2,
  ceilingPerSecond: 22,
  insideTarget: 10,
  heldMax: 5,
  paymentP95MaxMs: 5_000,
  paymentErrorShareMax: 0.05,
  increasePerSecond: null,
  decreaseFactor: 0.5,
}

/** A schedule that adapts from ten a second. */
async function crowd(people: number, changes: Partial<typeof limits> = {}) {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, {
    adaptive: { ...limits, ...changes },
    batchSize: 10,
    intervalMs: 1_000,
  })
  const users = Array.from({ length: people }, () => randomUUID())
  for (const userId of users) await enterQueue(redis, { scheduleId, userId })
  return { scheduleId, users }
}
const decide = async (others: Partial<AdaptAdmissionDeps> = {}) => {
  await redis.client.del(controlTurnKey)
  await adaptAdmission({ ...deps, ...others }, never)
}
const rateOf = async (scheduleId: string) => {
  const { batchSize, intervalMs } = await readQueueConfig(redis, scheduleId)
  return (batchSize * 1_000) / intervalMs
}
const causes = async (scheduleId: string) =>
  (await redis.client.xrange(logKey(scheduleId), '-', '+')).flatMap(([, fields]) => {
    const index = fields.indexOf('cause')
    return index < 0 ? [] : [fields[index + 1]]
  })

describe('the rate', () => {
  test('rises step by step to the ceiling and no further while there is room, each step written down', async () => {
    const { scheduleId } = await crowd(1)
    await decide()
    expect(await rateOf(scheduleId)).toBeCloseTo(11)
    for (let decision = 0; decision < 20; decision += 1) await decide()
    expect(await rateOf(scheduleId)).toBeCloseTo(22)
    expect(await causes(scheduleId)).toEqual(Array(12).fill('ROOM'))
  })

  test('is halved by slow payments and never falls below the floor, and recovers', async () => {
    const { scheduleId } = await crowd(1)
    payment = { ...healthy, confirmP95Ms: 9_000 }
    await decide()
    expect(await rateOf(scheduleId)).toBeCloseTo(5)
    for (let decision = 0; decision < 5; decision += 1) await decide()
    expect(await rateOf(scheduleId)).toBeCloseTo(2)
    payment = healthy
    await decide()
    expect(await rateOf(scheduleId)).toBeCloseTo(3)
    expect(await causes(scheduleId)).toEqual(['PAYMENT_SLOW', 'PAYMENT_SLOW', 'PAYMENT_SLOW', 'ROOM'])
  })

  test('falls with too many people inside and with too many seats in hold', async () => {
    const [full, held] = [await crowd(13), await crowd(1)]
    await admitBatch(redis, full.scheduleId)
    await writeQueueConfig(redis, full.scheduleId, { adaptive: { ...limits, insideTarget: 8 } })
    for (const seatIds of [Array.from({ length: 4 }, () => randomUUID()), [randomUUID(), randomUUID()]]) {
      await holdSeats(redis, { scheduleId: held.scheduleId, reservationId: randomUUID(), seatIds })
    }
    await decide()
    expect(await causes(full.scheduleId)).toEqual(['INSIDE_FULL'])
    expect(await causes(held.scheduleId)).toEqual(['SEATS_HELD'])
    expect(asked).toBe(1)
  })

  test('makes up for people who never come', async () => {
    const { scheduleId, users } = await crowd(60, { insideTarget: 30 })
    await writeQueueConfig(redis, scheduleId, { batchSize: 30, intervalMs: 100 })
    await decide()
    await writeQueueConfig(redis, scheduleId, { batchSize: 30, intervalMs: 100 })
    const gone = users.slice(0, 24)
    await waitUntil(async () => {
      await admitBatch(redis, scheduleId)
      return (await redis.client.zcard(admittedKey(scheduleId))) === 60
    })
    for (const userId of gone) await redis.client.zadd(admittedKey(scheduleId), 1, userId)
    await endStays(redis, scheduleId)
    await redis.client.unlink(...gone.map(activeKey))
    await enterQueue(redis, { scheduleId, userId: randomUUID() })
    await decide()
    // 36 inside are too many for 30, but not for the 60 that a target with every second place empty allows.
    expect((await causes(scheduleId)).at(-1)).toBe('ROOM')
  })

  test('stays as it is where nothing adapts, and where nobody is let in', async () => {
    const [fixed, paused, closed] = [await crowd(1), await crowd(1), await crowd(1)]
    await writeQueueConfig(redis, fixed.scheduleId, { adaptive: null })
    await writeQueueConfig(redis, paused.scheduleId, { paused: true })
    await closeQueue(redis, closed.scheduleId, 'SOLD_OUT', 'test')
    await decide()
    for (const { scheduleId } of [fixed, paused, closed]) {
      expect(await rateOf(scheduleId)).toBe(10)
      expect(await causes(scheduleId)).toEqual([])
    }
  })

  test('asks the payment service nothing while no schedule adapts', async () => {
    const { scheduleId } = await crowd(1)
    await writeQueueConfig(redis, scheduleId, { adaptive: null })
    await decide()
    expect(asked).toBe(0)
  })
})

test('however many replicas decide at once, one decision is made', async () => {
  const { scheduleId } = await crowd(1)
  await redis.client.del(controlTurnKey)
  await Promise.all(Array.from({ length: 10 }, () => adaptAdmission(deps, never)))
  expect(await rateOf(scheduleId)).toBeCloseTo(11)
})

test('a replica that was held up undoes nothing that a later one has decided', async () => {
  const { scheduleId } = await crowd(1)
  const overtaken = async () => {
    payment = 'away'
    await decide()
    return healthy
  }
  await decide({ readPaymentLoad: overtaken })
  expect(await causes(scheduleId)).toEqual(['PAYMENT_AWAY'])
  expect(await rateOf(scheduleId)).toBeCloseTo(5)
})

test('a schedule that fails stops no other', async () => {
  const [broken, sound] = [await crowd(1), await crowd(1)]
  await redis.client.hset(`queue:config:${broken.scheduleId}`, 'adaptive', '{"floorPerSecond":"high"}')
  await decide()
  expect(await rateOf(sound.scheduleId)).toBeCloseTo(11)
})

test('two replicas’ jobs decide once per round', async () => {
  const { scheduleId } = await crowd(1)
  await redis.client.del(controlTurnKey)
  const jobs = [adaptAdmissionJob(deps), adaptAdmissionJob(deps)]
  await waitUntil(async () => (await rateOf(scheduleId)) > 10)
  for (const job of jobs) await job.close()
  expect(await causes(scheduleId)).toEqual(['ROOM'])
})
