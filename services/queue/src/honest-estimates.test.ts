import { schedulesKey } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noOutflow } from './domain/expect-outflow.ts'
import type { Pace } from './pace.ts'
import { openCrowd, type TestCrowd } from './test-told-crowd.ts'

const redis = testRedis()
const opened: TestCrowd[] = []
const open = async (...how: [number, Parameters<typeof openCrowd>[2], ((pace: Pace) => Pace)?]) => {
  const crowd = await openCrowd(redis, ...how)
  opened.push(crowd)
  return crowd
}
beforeEach(() => redis.client.del(schedulesKey))
afterEach(async () => {
  for (const { service } of opened.splice(0)) await service.close()
})

const tenPerSecond = { batchSize: 10, intervalMs: 1_000 }
const lastOf = ({ userIds }: TestCrowd) => userIds.at(-1)

test('at a constant rate the waits told come true within the band, and the metric says so', async () => {
  const crowd = await open(400, tenPerSecond)
  await crowd.pass(40, () => crowd.askSome())
  await crowd.pass(5)
  const ended = crowd.ended()
  expect(ended.length).toBeGreaterThan(100)
  // The batch that is saved up while nobody waits, and a tick, may make the front a little faster than told.
  for (const { actual, p50, p90 } of ended) {
    expect(actual).toBeLessThanOrEqual(p90)
    expect(actual).toBeGreaterThan(p50 - 3)
  }
  const { up_to_p50 = 0, up_to_p90 = 0, over_p90 = 0 } = await crowd.figures()
  expect(up_to_p50 + up_to_p90).toBeGreaterThan(50)
  expect(over_p90).toBe(0)
})

test('an operator who halves the rate has the next answer follow; what was told before is counted apart', async () => {
  const crowd = await open(600, tenPerSecond)
  await crowd.pass(20, () => crowd.askSome())
  const before = await crowd.ask(lastOf(crowd))
  const url = `/queue/admin/schedules/${crowd.scheduleId}`
  expect((await crowd.service.as(crowd.userIds[0] ?? '', 'ADMIN')('PUT', url, { batchSize: 5 })).statusCode).toBe(200)
  const after = await crowd.ask(lastOf(crowd))
  expect(after?.p50).toBeGreaterThan((before?.p50 ?? 0) * 1.8)
  expect(after?.p50).toBeLessThan((before?.p50 ?? 0) * 2.2)
  await crowd.pass(1)
  expect((await crowd.figures())['reconfigured']).toBeGreaterThan(0)
  await crowd.pass(30)
  const later = await crowd.ask(lastOf(crowd))
  expect((later?.ahead ?? 0) / (later?.p50 ?? 1)).toBeCloseTo(5, 0)
  expect((await crowd.figures())['over_p90'] ?? 0).toBe(0)
})

test('a paused stretch is not averaged in: after it the waits told are as before, not several times as long', async () => {
  const crowd = await open(600, tenPerSecond)
  await crowd.pass(20)
  const admin = crowd.service.as(crowd.userIds[0] ?? '', 'ADMIN')
  const pauseBy = (paused: boolean) => admin('PUT', `/queue/admin/schedules/${crowd.scheduleId}`, { paused })
  await pauseBy(true)
  await crowd.pass(1)
  expect(await crowd.ask(lastOf(crowd))).toBeNull()
  await crowd.pass(90)
  await pauseBy(false)
  for (const seconds of [1, 15]) {
    await crowd.pass(seconds)
    const told = await crowd.ask(lastOf(crowd))
    expect((told?.ahead ?? 0) / (told?.p50 ?? 1)).toBeCloseTo(10, 0)
  }
})

test('people who have gone silent shorten the waits of those behind, as is told them', async () => {
  const crowd = await open(900, tenPerSecond)
  await crowd.goSilent(crowd.userIds.filter((_, place) => place % 3 === 0))
  await crowd.pass(15)
  await crowd.pass(15, () => crowd.askSome())
  const told = await crowd.ask(lastOf(crowd))
  expect((told?.ahead ?? 0) / (told?.p50 ?? 1)).toBeGreaterThan(13)
  await crowd.pass(35)
  const waited = crowd.ended().filter(({ p50 }) => p50 > 10)
  expect(waited.length).toBeGreaterThan(10)
  for (const { actual, p50 } of waited) {
    expect(actual / p50).toBeGreaterThan(0.8)
    expect(actual / p50).toBeLessThan(1.25)
  }
})

test('people who give up wherever they stand shorten the waits of those behind, as is told them', async () => {
  const crowd = await open(900, tenPerSecond)
  let second = 0
  const hundredthLeaves = async () => {
    second += 1
    const leaving = crowd.userIds.slice(0, -1).filter((_, place) => (place * 7_919 + second * 104_729) % 100 === 0)
    for (const userId of leaving) await crowd.leave(userId)
  }
  await crowd.pass(20, hundredthLeaves)
  const last = await crowd.ask(lastOf(crowd))
  expect(last?.p50).toBeLessThan(((last?.ahead ?? 0) / 10) * 0.9)
  await crowd.pass(10, async () => {
    await hundredthLeaves()
    await crowd.askSome()
  })
  await crowd.pass(40, hundredthLeaves)
  const waited = crowd.ended().filter(({ p50 }) => p50 > 10)
  expect(waited.length).toBeGreaterThan(10)
  for (const { actual, p50 } of waited) {
    expect(actual / p50).toBeGreaterThan(0.8)
    expect(actual / p50).toBeLessThan(1.25)
  }
})

/** The room inside frees only four places a second, whatever the rate. */
async function crowdHeldUpFromInside(estimateBy?: (pace: Pace) => Pace): Promise<TestCrowd> {
  const crowd = await open(400, { ...tenPerSecond, maxInside: 40 }, estimateBy)
  const makeRoom = async () => {
    for (let person = 0; person < 4; person += 1) await crowd.makeRoom()
  }
  await crowd.pass(30, makeRoom)
  await crowd.pass(60, async () => {
    await makeRoom()
    await crowd.askSome()
  })
  return crowd
}

async function shareOverP90(crowd: TestCrowd): Promise<number> {
  const { up_to_p50 = 0, up_to_p90 = 0, over_p90 = 0 } = await crowd.figures('1min')
  expect(up_to_p50 + up_to_p90 + over_p90).toBeGreaterThan(10)
  return over_p90 / (up_to_p50 + up_to_p90 + over_p90)
}

test('a queue held up from inside is told its true waits, and the metric says so', async () => {
  const crowd = await crowdHeldUpFromInside()
  expect(await shareOverP90(crowd)).toBeLessThan(0.2)
  for (const { actual, p50 } of crowd.ended().filter((one) => one.p50 > 10)) expect(actual / p50).toBeGreaterThan(0.7)
})

test('control: waits told by the configured rate alone are shown by the metric as wrong', async () => {
  const crowd = await crowdHeldUpFromInside((pace) => ({
    ...pace,
    expected: async () => ({ ...noOutflow, perSecond: 10 }),
  }))
  expect(await shareOverP90(crowd)).toBeGreaterThan(0.9)
})

test('a replica that has just begun expects the configured rate, and one that has not seen the queue too', async () => {
  const crowd = await crowdHeldUpFromInside()
  for (const ticks of [0, 2]) expect((await crowd.asAnotherReplica(ticks)).perSecond).toBe(10)
})
