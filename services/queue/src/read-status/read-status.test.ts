import { randomUUID } from 'node:crypto'
import {
  admitBatch,
  defaultQueueConfig,
  enterQueue,
  pollsKey,
  readQueueToken,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const status = (userId: string, scheduleId: string) =>
  service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)
/** A poll at the advised time, which is brought here instead of waited for. */
async function statusWhenAdvised(userId: string, scheduleId: string) {
  await redis.client.hset(pollsKey(userId), { nextMs: 1 })
  return status(userId, scheduleId)
}

test('who waits is told the place; it moves up as others are admitted, and who asks too early hears the last answer', async () => {
  const scheduleId = service.openSchedule()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, intervalMs: 60_000 })
  for (let person = 0; person < 14; person += 1) await enterQueue(redis, { scheduleId, userId: randomUUID() })
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId })
  expect((await status(userId, scheduleId)).json()).toMatchObject({
    status: 'WAITING',
    rank: 15,
    aheadOfYou: 14,
    token: null,
  })
  await admitBatch(redis, scheduleId)
  expect((await status(userId, scheduleId)).json()).toMatchObject({ status: 'WAITING', rank: 15 })
  expect((await statusWhenAdvised(userId, scheduleId)).json()).toMatchObject({ rank: 5, aheadOfYou: 4 })
})

test('who is admitted gets a reservation token of ten minutes that is theirs alone (QUEUE-003, QUEUE-004)', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId })
  await admitBatch(redis, scheduleId)
  const answer = await status(userId, scheduleId)
  expect(answer.json()).toMatchObject({ status: 'ACTIVE', rank: 0, aheadOfYou: 0, estimatedWaitTime: 0 })
  const { token, tokenExpiresAt } = answer.json()
  const facts = await readQueueToken(redis, token)
  expect(facts).toMatchObject({ userId, scheduleId, type: 'RESERVATION' })
  expect(Date.parse(tokenExpiresAt)).toBe(facts?.expiresAt)
  expect(answer.headers['cache-control']).toBe('no-store')
  const stranger = await status(randomUUID(), scheduleId)
  expect(stranger.statusCode).toBe(404)
  expect(stranger.body).not.toContain(token)
})

test('who holds no place is told so with 404', async () => {
  const answer = await status(randomUUID(), service.openSchedule())
  expect([answer.statusCode, answer.json().code]).toEqual([404, 'NOT_QUEUED'])
})

test('the 16th poll in a minute is 429 with Retry-After, and the place is kept (QUEUE-008)', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId })
  for (let poll = 1; poll <= 15; poll += 1) expect((await status(userId, scheduleId)).statusCode).toBe(200)
  const answer = await status(userId, scheduleId)
  expect([answer.statusCode, answer.json().code]).toEqual([429, 'RATE_LIMITED'])
  const seconds = Number(answer.headers['retry-after'])
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(2)
  expect((await statusWhenAdvised(userId, scheduleId)).json().rank).toBe(1)
})

test('whoever polls as advised is never refused, also near the front, where that is more than 15 times a minute', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId })
  for (let poll = 1; poll <= 48; poll += 1) {
    const answer = await statusWhenAdvised(userId, scheduleId)
    expect(answer.statusCode).toBe(200)
    expect(answer.json().pollAfterMs).toBeLessThan(2_000)
  }
})

test.each(['', '?scheduleId=', '?scheduleId=mine'])('the query "%s" is 400', async (query) => {
  const answer = await service.as(randomUUID())('GET', `/queue/status${query}`)
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
})

test('somebody who is not logged in gets 401', async () => {
  const url = `/queue/status?scheduleId=${service.openSchedule()}`
  expect((await service.app.inject({ method: 'GET', url })).statusCode).toBe(401)
})
