import { randomUUID } from 'node:crypto'
import { activeKey, queueKey } from '@ticket-queue/lua/queue'
import { heard, testRedis } from '@ticket-queue/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'
import { rush } from '../test-rush.ts'

const redis = testRedis()
const entersPerMinute = 30
let service: TestService
beforeEach(async () => {
  service = await startTestService(redis, { entersPerMinute })
})
afterEach(() => service.close())

const enter = (userId: string, scheduleId: string) =>
  heard(() => service.as(userId)('POST', '/queue/enter', { scheduleId }))

test('1,000 entries of one account at once are one place: 30 are told it, the others 429 with Retry-After', async () => {
  const scheduleId = service.openSchedule()
  const [userId, neighbour] = [randomUUID(), randomUUID()]
  // Heard of before the rush: the stand-in for the event service shares this process, which is busy from then on.
  await service.as(randomUUID(), 'ADMIN')('GET', `/queue/admin/schedules/${scheduleId}`)
  const answers = await rush(1_000, () => enter(userId, scheduleId))
  const told = answers.filter(({ statusCode }) => statusCode === 200)
  const refused = answers.filter(({ statusCode }) => statusCode === 429)
  expect([told.length, refused.length]).toEqual([30, 970])
  expect(new Set(told.map((answer) => answer.json().rank))).toEqual(new Set([1]))
  expect(await redis.client.zrange(queueKey(scheduleId), 0, '-1')).toEqual([userId])
  for (const answer of refused) {
    expect(answer.json().code).toBe('RATE_LIMITED')
    const seconds = Number(answer.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
  }
  expect(await service.metrics.getSingleMetricAsString('queue_entries_limited_total')).toMatch(/\} 970$/m)
  expect((await enter(neighbour, scheduleId)).json().rank).toBe(2)
}, 60_000)

test('a refused entry does not even keep the place', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  for (let entry = 0; entry < 30; entry += 1) expect((await enter(userId, scheduleId)).statusCode).toBe(200)
  await redis.client.pexpire(activeKey(userId), 60_000)
  expect((await enter(userId, scheduleId)).statusCode).toBe(429)
  expect(await redis.client.pttl(activeKey(userId))).toBeLessThanOrEqual(60_000)
  expect((await service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)).json().rank).toBe(1)
})
