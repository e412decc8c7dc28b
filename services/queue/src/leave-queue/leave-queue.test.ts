import { randomUUID } from 'node:crypto'
import { admitBatch, enterQueue, issueToken, readQueueToken } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const leave = (userId: string, scheduleId: string) =>
  service.as(userId)('DELETE', `/queue/leave?scheduleId=${scheduleId}`)
const enter = (userId: string, scheduleId: string) => service.as(userId)('POST', '/queue/enter', { scheduleId })

test('who leaves has no place, is free for another schedule, and those behind move up; again it is 204 too', async () => {
  const [scheduleId, other] = [service.openSchedule(), service.openSchedule()]
  const [first, second] = [randomUUID(), randomUUID()]
  await enter(first, scheduleId)
  await enter(second, scheduleId)
  expect((await leave(first, scheduleId)).statusCode).toBe(204)
  expect((await leave(first, scheduleId)).statusCode).toBe(204)
  expect((await enter(second, scheduleId)).json().rank).toBe(1)
  expect((await enter(first, other)).statusCode).toBe(200)
})

test('who leaves after admission gives up both tokens', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId })
  const { admitted } = await admitBatch(redis, scheduleId)
  const payment = await issueToken(redis, { scheduleId, userId, reservationId: randomUUID() })
  expect((await leave(userId, scheduleId)).statusCode).toBe(204)
  expect(await readQueueToken(redis, admitted[0]?.token ?? '')).toBeNull()
  expect(await readQueueToken(redis, payment.token)).toBeNull()
})

test('nobody can leave for somebody else', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await enter(userId, scheduleId)
  await leave(randomUUID(), scheduleId)
  expect(
    (await service.app.inject({ method: 'DELETE', url: `/queue/leave?scheduleId=${scheduleId}` })).statusCode,
  ).toBe(401)
  expect((await enter(userId, scheduleId)).json().rank).toBe(1)
})
