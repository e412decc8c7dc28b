import { randomUUID } from 'node:crypto'
import { admitBatch, enterQueue, pollsKey, queueKey } from '@ticket-queue/lua/queue'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from './test-queue-service.ts'
import { rush } from './test-rush.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const enter = (userId: string, scheduleId: string, ticket?: string) =>
  service.as(userId)('POST', '/queue/enter', { scheduleId, ...(ticket === undefined ? {} : { ticket }) })
const status = (userId: string, scheduleId: string, ticket = '') =>
  service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}${ticket === '' ? '' : `&ticket=${ticket}`}`)
const statusWithHeader = (userId: string, scheduleId: string, ticket: string) =>
  service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`, undefined, { 'x-queue-ticket': ticket })

/** People who wait, in order, each with the ticket of the answer. */
async function people(scheduleId: string, count: number) {
  const found: { userId: string; ticket: string }[] = []
  for (let person = 0; person < count; person += 1) {
    const userId = randomUUID()
    found.push({ userId, ticket: (await enter(userId, scheduleId)).json().ticket })
  }
  return found
}

describe('after a loss of Redis', () => {
  test('a ticket brings the place back in the body of an entry, in the query and in the header of a poll', async () => {
    const scheduleId = service.openSchedule()
    const [first, second, third] = await people(scheduleId, 3)
    if (first === undefined || second === undefined || third === undefined) throw new Error('nobody')
    await emptyRedis(redis)
    expect((await enter(randomUUID(), scheduleId)).json().rank).toBe(1)
    expect((await statusWithHeader(third.userId, scheduleId, third.ticket)).json().rank).toBe(1)
    expect((await status(second.userId, scheduleId, second.ticket)).json().rank).toBe(1)
    expect((await enter(first.userId, scheduleId, first.ticket)).json().rank).toBe(1)
    expect(await redis.client.zrange(queueKey(scheduleId), 0, '2')).toEqual([first.userId, second.userId, third.userId])
  })

  test('a poll without a ticket is 404; entering with it then brings the place back', async () => {
    const scheduleId = service.openSchedule()
    const [first, second] = await people(scheduleId, 2)
    await emptyRedis(redis)
    expect((await status(first?.userId ?? '', scheduleId)).json().code).toBe('NOT_QUEUED')
    await enter(second?.userId ?? '', scheduleId)
    expect((await enter(first?.userId ?? '', scheduleId, first?.ticket)).json().rank).toBe(1)
  })

  test('who was inside has a ticket too, and is first in line again', async () => {
    const scheduleId = service.openSchedule()
    const [inside] = await people(scheduleId, 1)
    await admitBatch(redis, scheduleId)
    const { status: state, ticket } = (await status(inside?.userId ?? '', scheduleId)).json()
    expect(state).toBe('ACTIVE')
    const [waiting] = await people(scheduleId, 1)
    await emptyRedis(redis)
    await enter(waiting?.userId ?? '', scheduleId, waiting?.ticket)
    expect((await enter(inside?.userId ?? '', scheduleId, ticket)).json()).toMatchObject({ status: 'WAITING', rank: 1 })
  })
})

describe('a ticket that is not one of ours for this user and schedule is 400 TICKET_INVALID and changes nothing:', () => {
  test.each([
    ['somebody else’s', async (scheduleId: string) => (await people(scheduleId, 1))[0]],
    ['of another schedule', async () => (await people(service.openSchedule(), 1))[0]],
    [
      'forged',
      async (scheduleId: string) => {
        const [own] = await people(scheduleId, 1)
        return {
          userId: own?.userId ?? '',
          ticket: `${own?.ticket.slice(0, -1)}${own?.ticket.endsWith('A') ? 'Q' : 'A'}`,
        }
      },
    ],
    ['rubbish', async () => ({ userId: randomUUID(), ticket: 'rubbish' })],
  ])('%s', async (what, find) => {
    const scheduleId = service.openSchedule()
    const found = await find(scheduleId)
    const userId = what === 'somebody else’s' ? randomUUID() : (found?.userId ?? '')
    const ticket = found?.ticket ?? ''
    await emptyRedis(redis)
    await enterQueue(redis, { scheduleId, userId: randomUUID() })
    for (const answer of [
      await enter(userId, scheduleId, ticket),
      await status(userId, scheduleId, ticket),
      await statusWithHeader(userId, scheduleId, ticket),
    ]) {
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'TICKET_INVALID'])
    }
    expect(await redis.client.zrank(queueKey(scheduleId), userId)).toBeNull()
    expect(await redis.client.zcard(queueKey(scheduleId))).toBe(1)
    expect((await enter(userId, scheduleId)).json().rank).toBe(2)
  })

  test('longer than any ticket', async () => {
    const answer = await enter(randomUUID(), service.openSchedule(), 'x'.repeat(513))
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
  })
})

test('a ticket of the present epoch is fine and moves nobody: who left stands at the end again', async () => {
  const scheduleId = service.openSchedule()
  const [first, second] = await people(scheduleId, 2)
  if (first === undefined || second === undefined) throw new Error('nobody')
  await redis.client.hset(pollsKey(first.userId), { nextMs: 1 })
  expect((await status(first.userId, scheduleId, first.ticket)).json().rank).toBe(1)
  await service.as(first.userId)('DELETE', `/queue/leave?scheduleId=${scheduleId}`)
  expect((await status(first.userId, scheduleId, first.ticket)).statusCode).toBe(404)
  expect((await enter(first.userId, scheduleId, first.ticket)).json().rank).toBe(2)
})

test('1,000 entries of one account at once, with and without its ticket, are one place and one number', async () => {
  const scheduleId = service.openSchedule()
  const [holder] = await people(scheduleId, 1)
  if (holder === undefined) throw new Error('nobody')
  await emptyRedis(redis)
  const answers = await rush(1_000, (index) =>
    enter(holder.userId, scheduleId, index % 2 === 0 ? holder.ticket : undefined),
  )
  expect(new Set(answers.map((answer) => answer.json().rank))).toEqual(new Set([1]))
  expect(await redis.client.zcard(queueKey(scheduleId))).toBe(1)
  const back = (await enter(holder.userId, scheduleId, holder.ticket)).json()
  await emptyRedis(redis)
  await people(scheduleId, 1)
  expect((await enter(holder.userId, scheduleId, back.ticket)).json().rank).toBe(1)
}, 30_000)
