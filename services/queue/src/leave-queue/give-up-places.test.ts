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

const logOut = (userId: string) => service.internally('DELETE', '/internal/places', { userId })

test('who has logged out takes nobody’s turn: the next one gets in instead; again it is 204 too', async () => {
  const scheduleId = service.openSchedule()
  const [gone, next] = [randomUUID(), randomUUID()]
  for (const userId of [gone, next]) await enterQueue(redis, { scheduleId, userId })
  expect((await logOut(gone)).statusCode).toBe(204)
  expect((await logOut(gone)).statusCode).toBe(204)
  const { admitted, dropped } = await admitBatch(redis, scheduleId)
  expect([admitted.map(({ userId }) => userId), dropped]).toEqual([[next], 0])
})

test('who logs out inside gives up the token', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId })
  const { admitted } = await admitBatch(redis, scheduleId)
  await logOut(userId)
  expect(await readQueueToken(redis, admitted[0]?.token ?? '')).toBeNull()
})

test('it takes a service key, and is not on the public port', async () => {
  const request = { method: 'DELETE', url: '/internal/places', payload: { userId: randomUUID() } } as const
  expect((await service.internalApp.inject(request)).statusCode).toBe(401)
  expect((await service.as(request.payload.userId)('DELETE', request.url, request.payload)).statusCode).toBe(404)
})
