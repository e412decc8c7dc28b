import { randomUUID } from 'node:crypto'
import { admitBatch, enterQueue } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const ask = (polls: unknown[]) => service.internally('POST', '/internal/statuses', { polls })

/** Without what differs between two answers about one place at two moments. */
const lasting = (body: string | null) => ({ ...JSON.parse(body ?? '{}'), ticket: null, pollAfterMs: null })

test('each of several people, of two queues, is told what GET /queue/status says, in the order of the polls', async () => {
  const [here, there] = [service.openSchedule(), service.openSchedule()]
  const people = Array.from({ length: 16 }, (_, n) => ({
    userId: randomUUID(),
    scheduleId: n % 3 === 0 ? there : here,
  }))
  for (const one of people) await enterQueue(redis, one)
  expect((await admitBatch(redis, there)).admitted.length).toBeGreaterThan(0)
  const answer = await ask(people)
  expect(answer.statusCode).toBe(200)
  const { places } = answer.json<{ places: (string | null)[] }>()
  const alone = await Promise.all(
    people.map(({ userId, scheduleId }) => service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)),
  )
  expect(places.map(lasting)).toEqual(alone.map(({ body }) => lasting(body)))
  expect(new Set(places.map((place) => lasting(place).status))).toEqual(new Set(['ACTIVE', 'WAITING']))
})

test('who would be refused is told nothing, and the others are told their places', async () => {
  const scheduleId = service.openSchedule()
  const [waiting, stranger, liar] = [randomUUID(), randomUUID(), randomUUID()]
  for (const userId of [waiting, liar]) await enterQueue(redis, { scheduleId, userId })
  const answer = await ask([
    { userId: stranger, scheduleId },
    { userId: waiting, scheduleId },
    { userId: liar, scheduleId, ticket: 'made.up' },
  ])
  const { places } = answer.json<{ places: (string | null)[] }>()
  expect(places).toEqual([null, expect.stringContaining('"rank":1'), null])
})

test('a ticket counts here as it does there', async () => {
  const scheduleId = service.openSchedule()
  const userId = randomUUID()
  await enterQueue(redis, { scheduleId, userId })
  const place = (await ask([{ userId, scheduleId }])).json().places[0]
  const { ticket } = JSON.parse(place)
  expect((await ask([{ userId, scheduleId, ticket }])).json().places).toEqual([expect.stringContaining('"rank":1')])
  expect((await ask([{ userId: randomUUID(), scheduleId, ticket }])).json().places).toEqual([null])
})

test.each([
  ['nobody', []],
  ['more than 16', Array.from({ length: 17 }, () => ({ userId: randomUUID(), scheduleId: randomUUID() }))],
  ['a user who is none', [{ userId: 'me', scheduleId: randomUUID() }]],
  ['a schedule that is none', [{ userId: randomUUID(), scheduleId: 'mine' }]],
])('%s is 400', async (_what, polls) => {
  const answer = await ask(polls)
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
})

test('16 polls with the longest tickets, written the longest way, are not too much', async () => {
  const scheduleId = service.openSchedule()
  const polls = Array.from({ length: 16 }, () => ({ userId: randomUUID(), scheduleId, ticket: '\u0001'.repeat(512) }))
  const answer = await ask(polls)
  expect([answer.statusCode, answer.json()]).toEqual([200, { places: polls.map(() => null) }])
})

test('it takes a service key', async () => {
  const payload = { polls: [{ userId: randomUUID(), scheduleId: randomUUID() }] }
  const answer = await service.internalApp.inject({ method: 'POST', url: '/internal/statuses', payload })
  expect(answer.statusCode).toBe(401)
})
