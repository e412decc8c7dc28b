import { randomUUID } from 'node:crypto'
import { admitBatch, enterQueue, readQueueToken } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

test('a stay that a service ends is over: the tokens are gone and the status is 404; repeating is 204 too', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId })
  const { admitted } = await admitBatch(redis, scheduleId)
  const { token } = (
    await service.internally('POST', '/internal/tokens/payment', { userId, scheduleId, reservationId: randomUUID() })
  ).json()
  const revoke = () => service.internally('DELETE', '/internal/tokens', { userId, scheduleId })
  expect((await revoke()).statusCode).toBe(204)
  expect((await revoke()).statusCode).toBe(204)
  expect(await readQueueToken(redis, token)).toBeNull()
  expect(await readQueueToken(redis, admitted[0]?.token ?? '')).toBeNull()
  expect((await service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)).statusCode).toBe(404)
})

test('several stays end in one call, also that of somebody who is not inside', async () => {
  const scheduleId = service.openSchedule()
  const people = Array.from({ length: 3 }, () => ({ userId: randomUUID(), scheduleId }))
  for (const one of people.slice(0, 2)) await enterQueue(redis, one)
  expect((await admitBatch(redis, scheduleId)).admitted).toHaveLength(2)
  expect((await service.internally('DELETE', '/internal/tokens', { people })).statusCode).toBe(204)
  for (const { userId } of people) {
    expect((await service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)).statusCode).toBe(404)
  }
  const tooMany = Array.from({ length: 51 }, () => people[0])
  expect((await service.internally('DELETE', '/internal/tokens', { people: tooMany })).statusCode).toBe(400)
})

test('it takes a service key', async () => {
  const payload = { userId: randomUUID(), scheduleId: randomUUID() }
  const answer = await service.internalApp.inject({ method: 'DELETE', url: '/internal/tokens', payload })
  expect(answer.statusCode).toBe(401)
})
