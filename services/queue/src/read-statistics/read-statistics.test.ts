import { randomUUID } from 'node:crypto'
import { defaultQueueConfig, enterQueue, writeQueueConfig } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { admitWaiting } from '../admit-waiting/admit-waiting.ts'
import { startTestService, type TestService } from '../test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const admin = (query = '') => service.as(randomUUID(), 'ADMIN')('GET', `/queue/admin/stats${query}`)

test('shows for every schedule with a queue how many wait and are inside (QUEUE-007)', async () => {
  const scheduleId = service.openSchedule()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, intervalMs: 60_000 })
  for (let person = 0; person < 13; person += 1) await enterQueue(redis, { scheduleId, userId: randomUUID() })
  await admitWaiting(service.admission)
  const answer = await admin()
  expect(answer.statusCode).toBe(200)
  expect(answer.json().schedules).toContainEqual({ scheduleId, waiting: 3, active: 10, tps: expect.any(Number) })
  expect((await admin(`?scheduleId=${scheduleId}`)).json().schedules).toHaveLength(1)
})

test('shows zeros for a schedule nobody has entered', async () => {
  const scheduleId = randomUUID()
  expect((await admin(`?scheduleId=${scheduleId}`)).json()).toEqual({
    schedules: [{ scheduleId, waiting: 0, active: 0, tps: 0 }],
  })
})

test('is for administrators: 403 to users, 401 to nobody', async () => {
  expect((await service.as(randomUUID())('GET', '/queue/admin/stats')).statusCode).toBe(403)
  expect((await service.app.inject({ method: 'GET', url: '/queue/admin/stats' })).statusCode).toBe(401)
})
