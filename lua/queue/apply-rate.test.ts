import { randomUUID } from 'node:crypto'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { applyRate, beginControl, type ControlState, controlTurnKey, readControl } from './apply-rate.ts'
import { logKey } from './keys.ts'
import { readQueueConfig, writeQueueConfig } from './queue-config.ts'

const redis = testRedis()
const adaptive = {
  floorPerSecond: 1,
  ceilingPerSecond: 50,
  insideTarget: 300,
  heldMax: null,
  paymentP95MaxMs: 5_000,
  paymentErrorShareMax: 0.05,
  increasePerSecond: null,
  decreaseFactor: 0.7,
}
/** Rounds as close to each other as they come. */
const round = () => waitUntil(() => beginControl(redis, 1))
const state: ControlState = { perSecond: 5, admitted: 9, noShows: 1, inside: 4, recentStays: 5, recentNoShows: 1 }
const rate = { state, batchSize: 5, intervalMs: 1_000, cause: 'ROOM' }

async function adaptiveSchedule() {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { adaptive })
  const control = await readControl(redis, scheduleId)
  return { scheduleId, limitsText: control?.limitsText ?? '', control }
}
const logged = async (scheduleId: string) =>
  (await redis.client.xrange(logKey(scheduleId), '-', '+')).filter(([, fields]) => fields.includes('adapt-admission'))

test('a schedule adapts only where that is configured', async () => {
  const scheduleId = randomUUID()
  expect(await readControl(redis, scheduleId)).toBeNull()
  await writeQueueConfig(redis, scheduleId, { adaptive })
  expect(await readControl(redis, scheduleId)).toMatchObject({ limits: adaptive, state: null, admittedTotal: 0 })
  await writeQueueConfig(redis, scheduleId, { adaptive: null })
  expect(await readControl(redis, scheduleId)).toBeNull()
})

test('limits that are no limits are refused', async () => {
  const upsideDown = { ...adaptive, floorPerSecond: 51 }
  await expect(writeQueueConfig(redis, randomUUID(), { adaptive: upsideDown })).rejects.toThrow('floorPerSecond')
})

test('a decision sets the rate, is written down with its cause, and is remembered; the same rate again writes nothing', async () => {
  const { scheduleId, limitsText } = await adaptiveSchedule()
  const fence = await round()
  expect(await applyRate(redis, scheduleId, { ...rate, fence, limitsText })).toEqual({ outcome: 'applied' })
  expect(await readQueueConfig(redis, scheduleId)).toMatchObject({ batchSize: 5, intervalMs: 1_000, adaptive })
  expect((await readControl(redis, scheduleId))?.state).toEqual(state)
  expect(await applyRate(redis, scheduleId, { ...rate, fence, limitsText })).toEqual({ outcome: 'kept' })
  const entries = await logged(scheduleId)
  expect(entries).toHaveLength(1)
  expect(entries[0]?.[1]).toEqual(expect.arrayContaining(['config', 'ROOM']))
})

test('rounds are apart by the time given, however many replicas begin one', async () => {
  await round()
  await redis.client.del(controlTurnKey)
  const begun = await Promise.all(Array.from({ length: 10 }, () => beginControl(redis, 60_000)))
  expect(begun.filter((number) => number !== null)).toHaveLength(1)
  await redis.client.del(controlTurnKey)
})

test('a controller that was slow changes nothing after a later one', async () => {
  const { scheduleId, limitsText } = await adaptiveSchedule()
  const [slow, later] = [await round(), await round()]
  await applyRate(redis, scheduleId, { ...rate, fence: later, limitsText })
  const outdated = await applyRate(redis, scheduleId, { ...rate, fence: slow, limitsText, batchSize: 50 })
  expect(outdated).toEqual({ outcome: 'outdated' })
  expect((await readQueueConfig(redis, scheduleId)).batchSize).toBe(5)
})

test('a decision by limits that an operator has changed meanwhile changes nothing', async () => {
  const { scheduleId, limitsText } = await adaptiveSchedule()
  const fence = await round()
  for (const changed of [{ ...adaptive, ceilingPerSecond: 2 }, null]) {
    await writeQueueConfig(redis, scheduleId, { adaptive: changed })
    expect(await applyRate(redis, scheduleId, { ...rate, fence, limitsText })).toEqual({ outcome: 'changed' })
    expect((await readQueueConfig(redis, scheduleId)).batchSize).toBe(10)
  }
})
