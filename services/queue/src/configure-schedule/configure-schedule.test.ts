import { randomUUID } from 'node:crypto'
import { defaultQueueConfig, logKey, readQueueConfig } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const admin = (method: 'GET' | 'PUT', scheduleId: string, body?: object) =>
  service.as(randomUUID(), 'ADMIN')(method, `/queue/admin/schedules/${scheduleId}`, body)

test('shows the defaults of a schedule nobody has configured', async () => {
  const answer = await admin('GET', service.openSchedule())
  expect([answer.statusCode, answer.json()]).toEqual([200, defaultQueueConfig])
})

test('changes what is given, keeps the rest, and the next answer to a person who waits follows', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  expect((await service.as(userId)('POST', '/queue/enter', { scheduleId })).json().estimatedWaitTime).toBe(1)
  const config = { ...defaultQueueConfig, batchSize: 1, intervalMs: 30_000, maxInside: 500 }
  const answer = await admin('PUT', scheduleId, { batchSize: 1, intervalMs: 30_000, maxInside: 500 })
  expect([answer.statusCode, answer.json()]).toEqual([200, config])
  expect(await readQueueConfig(redis, scheduleId)).toEqual(config)
  expect((await service.as(userId)('POST', '/queue/enter', { scheduleId })).json().estimatedWaitTime).toBe(30)
  const paused = await admin('PUT', scheduleId, { paused: true, maxInside: null })
  expect(paused.json()).toEqual({ ...config, paused: true, maxInside: null })
})

test('a rate that is to adapt is put between its limits at once', async () => {
  const scheduleId = service.openSchedule()
  const adaptive = { floorPerSecond: 1, ceilingPerSecond: 4, insideTarget: 100 }
  const answer = await admin('PUT', scheduleId, { adaptive })
  expect(answer.json()).toMatchObject({
    batchSize: 4,
    intervalMs: 1_000,
    adaptive: { ...adaptive, decreaseFactor: 0.7 },
  })
  expect(await readQueueConfig(redis, scheduleId)).toEqual(answer.json())
  expect((await admin('PUT', scheduleId, { batchSize: 1_000 })).json()).toMatchObject({ batchSize: 4 })
  expect((await admin('PUT', scheduleId, { adaptive: null, batchSize: 20 })).json()).toMatchObject({ batchSize: 20 })
})

test('work is asked of newcomers from the next entry on, until it is turned off again', async () => {
  const scheduleId = service.openSchedule()
  const enter = () => service.as(randomUUID())('POST', '/queue/enter', { scheduleId })
  const proofOfWork = { baseBits: 16, maxBits: 18, freeAccountsPerAddress: 4 }
  const answer = await admin('PUT', scheduleId, { proofOfWork })
  expect(answer.json()).toEqual({ ...defaultQueueConfig, proofOfWork: { ...proofOfWork, onlyCrowded: false } })
  expect(await readQueueConfig(redis, scheduleId)).toEqual(answer.json())
  expect((await enter()).json()).toMatchObject({ code: 'PROOF_REQUIRED', difficultyBits: 16 })
  await admin('PUT', scheduleId, { proofOfWork: null })
  expect((await enter()).statusCode).toBe(200)
})

test.each([
  [{ adaptive: { floorPerSecond: 5, ceilingPerSecond: 4, insideTarget: 100 } }],
  [{ adaptive: { floorPerSecond: 1, ceilingPerSecond: 4 } }],
  [{ proofOfWork: { baseBits: 17, maxBits: 16, freeAccountsPerAddress: 4 } }],
  [{ proofOfWork: { baseBits: 16, maxBits: 21, freeAccountsPerAddress: 4 } }],
  [{ proofOfWork: { baseBits: 7, maxBits: 16, freeAccountsPerAddress: 4 } }],
  [{ proofOfWork: { baseBits: 16, maxBits: 18, freeAccountsPerAddress: 0 } }],
  [{ proofOfWork: { baseBits: 16, maxBits: 18 } }],
  [{ batchSize: 0 }],
  [{ batchSize: 2.5 }],
  [{ intervalMs: 1 }],
  [{ capacity: -1 }],
  [{ paused: 'yes' }],
  [{ batchsize: 5 }],
])('%j is 400 and changes nothing', async (body) => {
  const scheduleId = service.openSchedule()
  const answer = await admin('PUT', scheduleId, body)
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
  expect(await readQueueConfig(redis, scheduleId)).toEqual(defaultQueueConfig)
})

test('who changed what stands in the queue’s log, and when is the entry’s time', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await service.as(userId, 'ADMIN')('PUT', `/queue/admin/schedules/${scheduleId}`, { paused: true })
  const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
  expect(entries.map(([, fields]) => fields)).toEqual([
    ['k', 'config', 'by', userId, 'changes', JSON.stringify({ paused: 'true' })],
    ['k', 'paused', 'by', userId],
  ])
})

test('two changes of different fields at once are both kept', async () => {
  const scheduleId = service.openSchedule()
  await Promise.all([admin('PUT', scheduleId, { batchSize: 7 }), admin('PUT', scheduleId, { maxInside: 70 })])
  expect(await readQueueConfig(redis, scheduleId)).toEqual({ ...defaultQueueConfig, batchSize: 7, maxInside: 70 })
})

test('an unknown schedule is 404', async () => {
  for (const method of ['GET', 'PUT'] as const) {
    const answer = await admin(method, randomUUID(), method === 'PUT' ? {} : undefined)
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'SCHEDULE_NOT_FOUND'])
  }
})

test('it is for administrators', async () => {
  const url = `/queue/admin/schedules/${service.openSchedule()}`
  expect((await service.as(randomUUID())('PUT', url, { paused: true })).statusCode).toBe(403)
  expect((await service.app.inject({ method: 'PUT', url, payload: { paused: true } })).statusCode).toBe(401)
})
