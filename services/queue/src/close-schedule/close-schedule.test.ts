import { randomUUID } from 'node:crypto'
import { admitBatch, pollsKey } from '@ticket-queue/lua/queue'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
