import { randomUUID } from 'node:crypto'
import { activeKey, admitBatch, pollsKey, queueKey } from '@ticket-queue/lua/queue'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'
import { closeSchedule, openSchedule } from './close-schedule.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const enter = (userId: string, scheduleId: string) => service.as(userId)('POST', '/queue/enter', { scheduleId })
async function status(userId: string, scheduleId: string) {
  await redis.client.hset(pollsKey(userId), { nextMs: 1 })
  return service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)
}

test.each(['SOLD_OUT', 'SALE_ENDED', 'CANCELLED'] as const)(
  'a schedule closed as %s refuses entries with 409 and this code, and tells it to those who wait; opened, they are where they were',
  async (reason) => {
    const scheduleId = service.openSchedule()
    const [first, second] = [randomUUID(), randomUUID()]
    for (const userId of [first, second]) await enter(userId, scheduleId)
    expect(await closeSchedule(service.admission, { scheduleId, reason, changedBy: 'seats' })).toBe(true)
    for (const userId of [second, randomUUID()]) {
      const refused = await enter(userId, scheduleId)
      expect([refused.statusCode, refused.json().code]).toEqual([409, reason])
    }
    const told = await status(second, scheduleId)
    expect(told.statusCode).toBe(200)
    expect(told.json()).toMatchObject({ status: 'CLOSED', closedReason: reason, rank: 0, token: null })
    expect(told.json().pollAfterMs).toBeGreaterThanOrEqual(10_000)
    expect((await admitBatch(redis, scheduleId)).admitted).toEqual([])

    expect(await openSchedule(service.admission, { scheduleId, changedBy: 'seats' })).toBe(true)
    expect((await status(second, scheduleId)).json()).toMatchObject({ status: 'WAITING', rank: 2, closedReason: null })
    expect((await enter(randomUUID(), scheduleId)).json().rank).toBe(3)
  },
)

describe('who enters a closed queue again with the ticket', () => {
  // Another process, which the event service has told that the sale is over.
  let telling: TestService
  beforeAll(async () => {
    telling = await startTestService(redis)
  })
  afterAll(() => telling.close())

  const again = async (scheduleId: string, userId: string, ticket: string, from = telling) => {
    const answer = await from.as(userId)('POST', '/queue/enter', { scheduleId, ticket })
    return { status: answer.statusCode, body: answer.json() }
  }
  const ends = [
    ['SOLD_OUT', { seatsTotal: 100, seatsSold: 100 }],
    ['SALE_ENDED', { saleOpen: false, status: 'ENDED' }],
  ] as const

  test.each(ends)('(%s) keeps the place by it, whoever has closed it; nobody gets a new one', async (reason, facts) => {
    const scheduleId = telling.openSchedule({ scheduleId: service.openSchedule(), ...facts })
    const [first, second] = [randomUUID(), randomUUID()]
    const { ticket: left } = (await enter(first, scheduleId)).json()
    const { ticket } = (await enter(second, scheduleId)).json()
    const hasKept = async (expected: object, from = telling) => {
      await redis.client.pexpire(activeKey(second), 60_000)
      await redis.client.hset(pollsKey(second), { nextMs: 1 })
      expect(await again(scheduleId, second, ticket, from)).toMatchObject({ status: 200, body: expected })
      expect(await redis.client.pttl(activeKey(second))).toBeGreaterThan(60_000)
    }
    await hasKept({ status: 'WAITING', rank: 2 })
    await closeSchedule(service.admission, { scheduleId, reason, changedBy: 'seats' })
    const closed = { status: 'CLOSED', closedReason: reason, ticket: expect.any(String) }
    for (const from of [telling, service]) await hasKept(closed, from)

    await service.as(first)('DELETE', `/queue/leave?scheduleId=${scheduleId}`)
    for (const from of [telling, service]) {
      expect(await again(scheduleId, first, left, from)).toMatchObject({ status: 409, body: { code: reason } })
      const newcomer = await from.as(randomUUID())('POST', '/queue/enter', { scheduleId })
      expect([newcomer.statusCode, newcomer.json().code]).toEqual([409, reason])
    }
    expect(await redis.client.zcard(queueKey(scheduleId))).toBe(1)
  })

  test.each(ends)('(%s) gets back a place that Redis has lost', async (_, facts) => {
    const scheduleId = telling.openSchedule({ scheduleId: service.openSchedule(), ...facts })
    const [first, second] = [randomUUID(), randomUUID()]
    await enter(first, scheduleId)
    const { ticket } = (await enter(second, scheduleId)).json()
    await emptyRedis(redis)
    expect(await again(scheduleId, second, ticket)).toMatchObject({ status: 200, body: { status: 'WAITING', rank: 1 } })
    expect(await redis.client.zcard(queueKey(scheduleId))).toBe(1)
  })

  test.each(ends)('(%s) is told the token who is inside', async (_, facts) => {
    const scheduleId = telling.openSchedule({ scheduleId: service.openSchedule(), ...facts })
    const userId = randomUUID()
    const { ticket } = (await enter(userId, scheduleId)).json()
    const { admitted } = await admitBatch(redis, scheduleId)
    const { token } = admitted[0] ?? {}
    expect(await again(scheduleId, userId, ticket)).toMatchObject({ status: 200, body: { status: 'ACTIVE', token } })
  })
})

test('who keeps a place in a closed queue is told its ticket anew, which brings the place back after a loss; nobody else is', async () => {
  const scheduleId = service.openSchedule()
  const [first, second] = [randomUUID(), randomUUID()]
  for (const userId of [first, second]) await enter(userId, scheduleId)
  await closeSchedule(service.admission, { scheduleId, reason: 'SOLD_OUT', changedBy: 'seats' })
  const { ticket } = (await status(second, scheduleId)).json()
  expect((await status(randomUUID(), scheduleId)).json()).toMatchObject({ status: 'CLOSED', ticket: null })
  await emptyRedis(redis)
  await enter(randomUUID(), scheduleId)
  const back = await service.as(second)('GET', `/queue/status?scheduleId=${scheduleId}&ticket=${ticket}`)
  expect(back.json()).toMatchObject({ status: 'WAITING', rank: 1 })
})
