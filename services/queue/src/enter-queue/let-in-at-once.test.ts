import { randomUUID } from 'node:crypto'
import { paceKey, type QueueConfig, queueKey, readQueueToken, writeQueueConfig } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { admitNow } from '../admit-waiting/admit-waiting.ts'
import { startTestService, type TestService } from '../test-queue-service.ts'
import { createLetIn } from './let-in-at-once.ts'

const redis = testRedis()
const failures: unknown[] = []
let service: TestService
beforeAll(async () => {
  const letIn = createLetIn(
    (scheduleId) => admitNow(service.admission, scheduleId),
    (error) => failures.push(error),
  )
  service = await startTestService(redis, { letIn })
})
afterAll(() => service.close())

async function openQueue(changes: Partial<QueueConfig>): Promise<string> {
  const scheduleId = service.openSchedule()
  await writeQueueConfig(redis, scheduleId, changes)
  return scheduleId
}
const enter = async (scheduleId: string, userId = randomUUID()) => {
  const answer = await service.as(userId)('POST', '/queue/enter', { scheduleId })
  expect(answer.statusCode).toBe(200)
  return { userId, ...answer.json() }
}
const status = async (scheduleId: string, userId: string) =>
  (await service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)).json()
const nowMs = async () => {
  const [seconds, micros] = await redis.client.time()
  return Number(seconds) * 1_000 + Number(micros) / 1_000
}

test('who enters an empty line whose rate allows it is inside with the first answer', async () => {
  const scheduleId = await openQueue({ batchSize: 10, intervalMs: 60_000 })
  const entered = await enter(scheduleId)
  expect(entered).toMatchObject({ status: 'ACTIVE', scheduleId, rank: 0 })
  const { userId } = entered
  expect(await readQueueToken(redis, entered.token)).toMatchObject({ userId, scheduleId, type: 'RESERVATION' })
  expect(await status(scheduleId, userId)).toMatchObject({ status: 'ACTIVE', token: entered.token })
  expect(await enter(scheduleId, userId)).toMatchObject({ status: 'ACTIVE', token: entered.token })
})

test('what the rate allows is spent: the next ones wait, in their order, however often they enter', async () => {
  const scheduleId = await openQueue({ batchSize: 1, intervalMs: 60_000 })
  expect((await enter(scheduleId)).status).toBe('ACTIVE')
  const [second, third] = [await enter(scheduleId), await enter(scheduleId)]
  for (let again = 0; again < 3; again += 1) {
    expect(await enter(scheduleId, third.userId)).toMatchObject({ status: 'WAITING', rank: 2, token: null })
    expect(await enter(scheduleId, second.userId)).toMatchObject({ status: 'WAITING', rank: 1, token: null })
  }
})

test('a crowd that comes at once is let in by its order, no more than batch and rate allow', async () => {
  const [batchSize, intervalMs] = [5, 200]
  const scheduleId = await openQueue({ batchSize, intervalMs })
  const beganAtMs = await nowMs()
  const entered = await Promise.all(Array.from({ length: 60 }, () => enter(scheduleId)))
  const admitted = Number(await redis.client.hget(paceKey(scheduleId), 'admittedTotal'))
  const most = batchSize + (((await nowMs()) - beganAtMs) * batchSize) / intervalMs
  expect(admitted).toBeLessThanOrEqual(most)
  const inside = entered.filter((one) => one.status === 'ACTIVE')
  expect(inside.length).toBeGreaterThan(0)
  expect(inside.length).toBeLessThanOrEqual(admitted)
  expect(await redis.client.zcard(queueKey(scheduleId))).toBe(60 - admitted)
  const placeOf = ({ userId, ticket }: { userId: string; ticket: string }) =>
    service.tickets.read({ scheduleId, userId }, ticket)?.scoreUs ?? 0
  const inOrder = entered.toSorted((one, other) => placeOf(one) - placeOf(other))
  const states = await Promise.all(inOrder.map(({ userId }) => status(scheduleId, userId)))
  expect(states.map((one) => one.status)).toEqual([
    ...Array(admitted).fill('ACTIVE'),
    ...Array(60 - admitted).fill('WAITING'),
  ])
})

test('nobody is let in while admission is paused, or as many are inside as may be', async () => {
  const terms = { batchSize: 10, intervalMs: 1_000 }
  const [paused, full] = [await openQueue({ ...terms, paused: true }), await openQueue({ ...terms, maxInside: 1 })]
  expect(await enter(paused)).toMatchObject({ status: 'WAITING', rank: 1 })
  expect([(await enter(full)).status, (await enter(full)).status]).toEqual(['ACTIVE', 'WAITING'])
})

test('an admission that fails leaves the place and is told', async () => {
  const scheduleId = await openQueue({ batchSize: 10, intervalMs: 1_000 })
  await redis.client.set(paceKey(scheduleId), 'not a hash')
  expect(await enter(scheduleId)).toMatchObject({ status: 'WAITING', rank: 1 })
  expect(failures).toHaveLength(1)
})

test('who comes while a look goes on is let in by it, or shares the next one', async () => {
  const looks: PromiseWithResolvers<ReadonlySet<string>>[] = []
  const letIn = createLetIn(
    () => {
      const look = Promise.withResolvers<ReadonlySet<string>>()
      looks.push(look)
      return look.promise
    },
    () => undefined,
  )
  const asked = ['first', 'second', 'third', 'fourth'].map((userId) => letIn('a', userId))
  const other = letIn('b', 'other')
  expect(looks).toHaveLength(2)
  looks[0]?.resolve(new Set(['first', 'second']))
  looks[1]?.resolve(new Set())
  expect([await asked[0], await asked[1], await other]).toEqual([true, true, false])
  looks[2]?.resolve(new Set(['third']))
  expect([await asked[2], await asked[3]]).toEqual([true, false])
  expect(looks).toHaveLength(3)
})
