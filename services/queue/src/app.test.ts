import { randomUUID } from 'node:crypto'
import { createRedis } from '@ticket-queue/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from './test-queue-service.ts'

/** Nothing listens there. */
const redis = createRedis({ url: 'redis://127.0.0.1:1', failFast: true })
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(async () => {
  await service.close()
  await redis.close()
})

test('while Redis is away every call is refused at once with 503 to try again, and nobody is let in', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  const who = { userId, scheduleId }
  const beganAt = performance.now()
  const answers = await Promise.all([
    service.as(userId)('POST', '/queue/enter', { scheduleId }),
    service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`),
    service.as(userId)('DELETE', `/queue/leave?scheduleId=${scheduleId}`),
    service.as(userId, 'ADMIN')('GET', '/queue/admin/stats'),
    service.as(userId, 'ADMIN')('GET', `/queue/admin/schedules/${scheduleId}`),
    service.as(userId, 'ADMIN')('PUT', `/queue/admin/schedules/${scheduleId}`, { paused: true }),
    service.internally('POST', '/internal/tokens/payment', { ...who, reservationId: randomUUID() }),
    service.internally('DELETE', '/internal/tokens', who),
  ])
  expect(performance.now() - beganAt).toBeLessThan(2_000)
  for (const answer of answers) {
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    expect(answer.headers['retry-after']).toBeDefined()
  }
})
