import { randomUUID } from 'node:crypto'
import { databaseNow } from '@ticket-queue/database'
import { leaveQueue, logKey } from '@ticket-queue/lua/queue'
import { emptyRedis, testDatabase, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../store/database.ts'
import { type TestDraws, testBeacon, testDraws } from '../test-draws.ts'

const redis = testRedis()
const { database } = await testDatabase<Database>('queue')
let draws: TestDraws
beforeAll(async () => {
  draws = await testDraws(redis, database)
})
afterAll(() => draws.close())

const hourMs = 3_600_000
const giveUp = (scheduleId: string, body: object = { reason: 'the beacon is silent' }) =>
  draws.admin('POST', `/queue/admin/schedules/${scheduleId}/draw/void`, body)
const ids = (people: readonly { userId: string }[]) => people.map(({ userId }) => userId)

test('before the pre-queue opens the schedule is free again: for another draw, or first come, first served', async () => {
  const nowMs = (await databaseNow(database.db)).getTime()
  const saleStartAt = new Date(nowMs + 2 * hourMs).toISOString()
  const scheduleId = draws.service.openSchedule({ saleOpen: false, saleStartAt })
  const body = { opensAt: new Date(nowMs + hourMs).toISOString() }
  await draws.admin('POST', `/queue/admin/schedules/${scheduleId}/draw`, body)
  const answer = await giveUp(scheduleId)
  expect([answer.statusCode, answer.json().status, answer.json().voidReason]).toEqual([
    200,
    'VOID',
    'the beacon is silent',
  ])
  expect((await draws.admin('POST', `/queue/admin/schedules/${scheduleId}/draw`, body)).statusCode).toBe(201)
  await giveUp(scheduleId)
  draws.service.changeSchedule(scheduleId, { saleOpen: true })
  const person = draws.service.as(randomUUID())
  const enter = () => person('POST', '/queue/enter', { scheduleId })
  await waitUntil(async () => (await enter()).statusCode === 200)
  expect((await enter()).json()).toMatchObject({ rank: 1, draw: null })
  await draws.admit()
  expect(await draws.line(scheduleId)).toEqual([])
})

test('after it has opened nobody is admitted before T-0, and then everybody in entry order; everybody reads why', async () => {
  const early = await draws.commit({ closesInMs: hourMs })
  await draws.crowd(early, 3)
  expect((await giveUp(early)).statusCode).toBe(200)
  await draws.conduct()
  await draws.admit()
  expect(await draws.line(early)).toHaveLength(3)

  const due = await draws.commit()
  const people = await draws.crowd(due, 3)
  await giveUp(due)
  await draws.conduct()
  expect(await draws.place(due, people[1]?.userId ?? '')).toMatchObject({
    rank: 2,
    draw: { phase: 'VOID', position: null },
  })
  const state = (await draws.service.as(randomUUID())('GET', `/queue/draws/${due}`)).json()
  expect([state.status, state.voidReason]).toEqual(['VOID', 'the beacon is silent'])
  await draws.admit()
  expect(await draws.line(due)).toEqual([])
})

test('a closed roster is served by index, also after a loss of Redis, and strangers to it stand behind', async () => {
  const scheduleId = await draws.commit({ beacon: testBeacon })
  const people = await draws.crowd(scheduleId, 5)
  const [outsider] = await draws.crowd(scheduleId, 1)
  await leaveQueue(redis, { scheduleId, userId: outsider?.userId ?? '' })
  await draws.conduct()
  await giveUp(scheduleId)
  await draws.conduct()
  expect(await draws.line(scheduleId)).toEqual(ids(people))
  await emptyRedis(redis)
  const newcomer = randomUUID()
  await draws.place(scheduleId, newcomer)
  for (const { userId, ticket } of people.toReversed()) await draws.place(scheduleId, userId, ticket)
  await draws.place(scheduleId, outsider?.userId ?? '', outsider?.ticket)
  await draws.conduct()
  expect(await draws.line(scheduleId)).toEqual([...ids(people), newcomer, outsider?.userId])
})

test('who took each step of a draw is kept, and told again by whoever conducts it after a loss of Redis', async () => {
  const [given, published] = [await draws.commit({ beacon: testBeacon }), await draws.commit({ beacon: testBeacon })]
  await draws.conduct()
  await giveUp(given)
  const path = `/queue/admin/schedules/${published}/draw`
  expect((await draws.admin('POST', `${path}/beacon`, { value: 'ab'.repeat(32) })).statusCode).toBe(200)
  await draws.conduct()
  expect((await draws.admin('POST', `${path}/publish`, { whileOnSale: true })).statusCode).toBe(200)
  await emptyRedis(redis)
  await draws.conduct()
  await draws.conduct()
  const rowOf = (scheduleId: string) =>
    database.db.selectFrom('draws').selectAll().where('schedule_id', '=', scheduleId).executeTakeFirstOrThrow()
  const { committed_by: admin, ...row } = await rowOf(published)
  expect(row).toMatchObject({ beacon_by: admin, published_by: admin, voided_by: null, beacon_at: expect.any(Date) })
  expect(await rowOf(given)).toMatchObject({ committed_by: admin, voided_by: admin, beacon_by: null })
  const toldBy = async (scheduleId: string, kind: string) => {
    const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
    const fields = entries.find(([, [, k]]) => k === kind)?.[1] ?? []
    return fields[fields.indexOf('by') + 1]
  }
  expect(await toldBy(given, 'draw-voided')).toBe(admin)
  expect(await toldBy(published, 'draw-published')).toBe(admin)
})

test('an order that is known is not given up', async () => {
  const scheduleId = await draws.commit()
  await draws.crowd(scheduleId, 2)
  await draws.conduct()
  const answer = await giveUp(scheduleId)
  expect([answer.statusCode, answer.json().code]).toEqual([409, 'DRAW_DECIDED'])
  expect(draws.drawOf(scheduleId).status).toBe('DRAWN')
  expect((await giveUp(draws.service.openSchedule())).json().code).toBe('DRAW_NOT_FOUND')
})

test.each([[{}], [{ reason: '' }], [{ reason: '  ' }], [{ reason: 'x'.repeat(501) }]])(
  'the body %j is 400',
  async (body) => {
    const answer = await giveUp(draws.service.openSchedule(), body)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
  },
)

test('it is for administrators', async () => {
  const url = `/queue/admin/schedules/${draws.service.openSchedule()}/draw/void`
  expect((await draws.service.as(randomUUID())('POST', url, { reason: 'rain' })).statusCode).toBe(403)
})
