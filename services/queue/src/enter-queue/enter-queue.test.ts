import { randomUUID } from 'node:crypto'
import {
  activeKey,
  admitBatch,
  closedKey,
  closeQueue,
  defaultQueueConfig,
  enterQueue,
  epochKey,
  openQueue,
  pollsKey,
  queueKey,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const enter = (userId: string, scheduleId: string) => service.as(userId)('POST', '/queue/enter', { scheduleId })

describe('POST /queue/enter', () => {
  test('gives a place with rank, wait and when to ask again, in the shape of api.md', async () => {
    const scheduleId = service.openSchedule()
    await enter(randomUUID(), scheduleId)
    const answer = await enter(randomUUID(), scheduleId)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      status: 'WAITING',
      scheduleId,
      rank: 2,
      aheadOfYou: 1,
      estimatedWaitTime: 1,
      estimatedWaitRange: [1, 1],
      pollAfterMs: expect.any(Number),
      token: null,
      tokenExpiresAt: null,
      closedReason: null,
      seatsLeft: null,
      outlook: null,
      seatsAreOld: false,
      ticket: expect.stringMatching(/^[\w-]+\.[\w-]{43}$/),
      draw: null,
    })
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('again, and 30 times at once, gives the place already held', async () => {
    const scheduleId = service.openSchedule()
    const userId = randomUUID()
    await enter(userId, scheduleId)
    await enter(randomUUID(), scheduleId)
    const answers = await Promise.all(Array.from({ length: 30 }, () => enter(userId, scheduleId)))
    expect(new Set(answers.map((answer) => answer.json().rank))).toEqual(new Set([1]))
  })

  test('after admission gives the token', async () => {
    const scheduleId = service.openSchedule()
    const userId = randomUUID()
    await enter(userId, scheduleId)
    const { admitted } = await admitBatch(redis, scheduleId)
    expect((await enter(userId, scheduleId)).json()).toMatchObject({
      status: 'ACTIVE',
      rank: 0,
      token: admitted[0]?.token,
    })
  })

  test('the wait follows the configured rate, and is unknown while the queue is paused', async () => {
    const scheduleId = service.openSchedule()
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize: 2 })
    for (let person = 0; person < 39; person += 1) await enterQueue(redis, { scheduleId, userId: randomUUID() })
    expect((await enter(randomUUID(), scheduleId)).json()).toMatchObject({ rank: 40, estimatedWaitTime: 20 })

    const paused = service.openSchedule()
    await writeQueueConfig(redis, paused, { ...defaultQueueConfig, paused: true })
    expect((await enter(randomUUID(), paused)).json()).toMatchObject({
      status: 'WAITING',
      estimatedWaitTime: null,
      estimatedWaitRange: null,
    })
  })
})

describe('POST /queue/enter refuses', () => {
  test('an unknown schedule with 404', async () => {
    const answer = await enter(randomUUID(), randomUUID())
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'SCHEDULE_NOT_FOUND'])
  })

  test('a sale that is not open with 409, and says when it is', async () => {
    const scheduleId = service.openSchedule({ saleOpen: false })
    const answer = await enter(randomUUID(), scheduleId)
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'SALE_NOT_OPEN'])
    expect(answer.json().saleStartAt).toBe('2030-01-01T20:00:00+09:00')
  })

  test.each([
    [
      'SALE_ENDED',
      { saleOpen: false, saleStartAt: '2020-01-01T20:00:00+09:00', saleEndAt: '2020-02-01T20:00:00+09:00' },
    ],
    ['SALE_ENDED', { saleOpen: false, status: 'ENDED' }],
    ['CANCELLED', { saleOpen: false, status: 'CANCELLED' }],
    ['CANCELLED', { saleOpen: false, eventStatus: 'CANCELLED' }],
  ] as const)('with 409 %s where the event service says %j', async (code, changes) => {
    const answer = await enter(randomUUID(), service.openSchedule(changes))
    expect([answer.statusCode, answer.json().code]).toEqual([409, code])
  })

  test('newcomers of a queue that is to run empty with 409, and nobody who waits', async () => {
    const scheduleId = service.openSchedule()
    const userId = randomUUID()
    await enter(userId, scheduleId)
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, draining: true })
    const answer = await enter(randomUUID(), scheduleId)
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'QUEUE_DRAINING'])
    expect((await enter(userId, scheduleId)).json()).toMatchObject({ status: 'WAITING', rank: 1 })
  })

  test('a sale without seats left with 409', async () => {
    const scheduleId = service.openSchedule({ seatsTotal: 100, seatsSold: 100 })
    const answer = await enter(randomUUID(), scheduleId)
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'SOLD_OUT'])
  })

  test('who waits in another schedule with 409 and that schedule (QUEUE-011)', async () => {
    const [first, second] = [service.openSchedule(), service.openSchedule()]
    const userId = randomUUID()
    await enter(userId, first)
    const answer = await enter(userId, second)
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'ALREADY_QUEUED_ELSEWHERE'])
    expect(answer.json().scheduleId).toBe(first)
  })

  test('nobody because of a place in a queue that is closed for good; who stays there has it when it opens again', async () => {
    const [over, next] = [service.openSchedule(), service.openSchedule()]
    const [goes, stays] = [randomUUID(), randomUUID()]
    for (const userId of [goes, stays]) await enter(userId, over)
    await closeQueue(redis, over, 'SOLD_OUT', 'test')
    expect((await enter(goes, next)).json().code).toBe('ALREADY_QUEUED_ELSEWHERE')
    await closeQueue(redis, over, 'SALE_ENDED', 'test')
    const status = (userId: string) => service.as(userId)('GET', `/queue/status?scheduleId=${over}`)
    for (const userId of [goes, stays]) expect((await status(userId)).json().closedReason).toBe('SALE_ENDED')
    expect((await enter(goes, next)).json()).toMatchObject({ status: 'WAITING', scheduleId: next, rank: 1 })
    await openQueue(redis, over, 'test')
    expect((await status(stays)).json()).toMatchObject({ status: 'WAITING', rank: 1 })
    expect((await status(goes)).json().code).toBe('NOT_QUEUED')
  })

  test('the first person over the capacity with 503 and Retry-After (QUEUE-006)', async () => {
    const scheduleId = service.openSchedule()
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, capacity: 2 })
    await enter(randomUUID(), scheduleId)
    await enter(randomUUID(), scheduleId)
    const answer = await enter(randomUUID(), scheduleId)
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'QUEUE_FULL'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  })

  test('somebody who is not logged in with 401, also with identity headers but without the gateway’s key', async () => {
    const payload = { scheduleId: service.openSchedule() }
    const headers = { 'x-user-id': randomUUID(), 'x-user-role': 'USER' }
    const answer = await service.app.inject({ method: 'POST', url: '/queue/enter', headers, payload })
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  test.each([[{}], [{ scheduleId: 'first' }], [{ scheduleId: ['x'] }]])('the body %j with 400', async (body) => {
    const answer = await service.as(randomUUID())('POST', '/queue/enter', body)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
  })
})

test('the crowd at the opening asks the event service once', async () => {
  const scheduleId = service.openSchedule()
  const before = service.lookups()
  const answers = await Promise.all(Array.from({ length: 200 }, () => enter(randomUUID(), scheduleId)))
  expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true)
  expect(service.lookups() - before).toBe(1)
})

describe('while the event service is away', () => {
  let knowing: TestService
  let fresh: TestService
  beforeAll(async () => {
    knowing = await startTestService(redis)
    fresh = await startTestService(redis)
    await fresh.stopEventService()
  })
  afterAll(() => Promise.all([knowing.close(), fresh.close()]))

  const enterAt = (at: TestService, scheduleId: string, ticket?: string) => (userId: string) =>
    at.as(userId)('POST', '/queue/enter', { scheduleId, ...(ticket === undefined ? {} : { ticket }) })

  test('the answer is 503 to try again where it was never asked, and nobody gets a place unchecked', async () => {
    const scheduleId = randomUUID()
    const answer = await enterAt(fresh, scheduleId)(randomUUID())
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    expect(answer.headers['retry-after']).toBeDefined()
    expect(await redis.client.exists(queueKey(scheduleId))).toBe(0)
  })

  test('who waits, is inside or proves a lost place by a ticket enters again where it was never asked', async () => {
    const scheduleId = service.openSchedule()
    const [inside, waits, lost] = [randomUUID(), randomUUID(), randomUUID()]
    for (const userId of [inside, waits, lost]) await enter(userId, scheduleId)
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize: 1 })
    const { admitted } = await admitBatch(redis, scheduleId)
    const { ticket } = (await enter(lost, scheduleId)).json()
    const again = enterAt(fresh, scheduleId)
    expect((await again(inside)).json()).toMatchObject({ status: 'ACTIVE', token: admitted[0]?.token })
    expect((await again(waits)).json()).toMatchObject({ status: 'WAITING', scheduleId })
    await redis.client.del(queueKey(scheduleId), epochKey(scheduleId), activeKey(lost), pollsKey(lost))
    expect((await again(lost)).statusCode).toBe(503)
    expect((await enterAt(fresh, scheduleId, ticket)(lost)).json()).toMatchObject({ status: 'WAITING', rank: 1 })
    await redis.client.set(closedKey(scheduleId), 'CANCELLED')
    const kept = (await enterAt(fresh, scheduleId, ticket)(lost)).json()
    expect(kept).toMatchObject({ status: 'CLOSED', closedReason: 'CANCELLED', ticket: expect.any(String) })
    const closed = await again(randomUUID())
    expect([closed.statusCode, closed.json().code]).toEqual([409, 'CANCELLED'])
  })

  test('its last answer serves newcomers, and an operator pauses what it has told of, or what has people', async () => {
    const told = knowing.openSchedule()
    const begun = service.openSchedule()
    await enterAt(knowing, told)(randomUUID())
    await enter(randomUUID(), begun)
    await knowing.stopEventService()
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 590_000)
    expect((await enterAt(knowing, told)(randomUUID())).json()).toMatchObject({ status: 'WAITING', rank: 2 })
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 20_000)
    expect((await enterAt(knowing, told)(randomUUID())).statusCode).toBe(503)
    vi.restoreAllMocks()
    const pause = (scheduleId: string) =>
      knowing.as(randomUUID(), 'ADMIN')('PUT', `/queue/admin/schedules/${scheduleId}`, { paused: true })
    expect((await pause(begun)).json()).toMatchObject({ paused: true })
    expect((await pause(told)).json()).toMatchObject({ paused: true })
    expect((await pause(randomUUID())).statusCode).toBe(503)
  })
})
