import { randomUUID } from 'node:crypto'
import { databaseNow } from '@ticket-queue/database'
import { commitmentOf, drawAnnouncementSchema, readCanonical } from '@ticket-queue/draw'
import { testDatabase, testRedis } from '@ticket-queue/testing'
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
const inMs = async (ms: number) => new Date((await databaseNow(database.db)).getTime() + ms).toISOString()
const schedule = async () => draws.service.openSchedule({ saleOpen: false, saleStartAt: await inMs(2 * hourMs) })
const commit = (scheduleId: string, body: object) =>
  draws.admin('POST', `/queue/admin/schedules/${scheduleId}/draw`, body)

test('the answer is announcement.json: it commits to seed, salt, times and beacon, and tells neither seed nor salt', async () => {
  const scheduleId = await schedule()
  const answer = await commit(scheduleId, { opensAt: await inMs(hourMs), beacon: testBeacon })
  expect(answer.statusCode).toBe(201)
  const announcement = readCanonical(drawAnnouncementSchema, answer.rawPayload)
  const { terms, secrets } = draws.drawOf(scheduleId)
  expect(announcement).toEqual({ version: 'ticket-queue draw v1', ...terms, commitment: commitmentOf(terms, secrets) })
  expect(answer.body).not.toContain(secrets.seed)
  expect(answer.body).not.toContain(secrets.salt)
  const again = await draws.service.as(randomUUID())('GET', `/queue/draws/${scheduleId}/announcement.json`)
  expect(again.body).toBe(answer.body)
})

test('before the pre-queue opens nobody enters, and everybody is told when it does', async () => {
  const scheduleId = await schedule()
  const opensAt = await inMs(hourMs)
  await commit(scheduleId, { opensAt })
  const answer = await draws.service.as(randomUUID())('POST', '/queue/enter', { scheduleId })
  expect([answer.statusCode, answer.json().code, answer.json().preQueueOpensAt]).toEqual([
    409,
    'SALE_NOT_OPEN',
    opensAt,
  ])
})

test('a schedule has one draw, also if two administrators commit at once', async () => {
  const scheduleId = await schedule()
  const opensAt = await inMs(hourMs)
  const answers = await Promise.all([commit(scheduleId, { opensAt }), commit(scheduleId, { opensAt })])
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409])
  const again = await commit(scheduleId, { opensAt })
  expect([again.statusCode, again.json().code]).toEqual([409, 'DRAW_EXISTS'])
})

test.each([
  ['in the past', -1_000],
  ['when the sale starts', 2 * hourMs],
  ['after the sale has started', 3 * hourMs],
])('a pre-queue that opens %s is refused and changes nothing', async (_when, ms) => {
  const saleStartAt = await inMs(2 * hourMs)
  const scheduleId = draws.service.openSchedule({ saleOpen: false, saleStartAt })
  const opensAt = ms === 2 * hourMs ? saleStartAt : await inMs(ms)
  const answer = await commit(scheduleId, { opensAt })
  expect([answer.statusCode, answer.json().code, answer.json().saleStartAt]).toEqual([
    400,
    'DRAW_WINDOW_INVALID',
    saleStartAt,
  ])
  expect((await draws.admin('GET', `/queue/draws/${scheduleId}`)).json().code).toBe('DRAW_NOT_FOUND')
})

test.each([
  [{}],
  [{ opensAt: 'tomorrow' }],
  [{ opensAt: '2100-01-01T11:30:00' }],
  [{ opensAt: '2100-01-01T11:30:00Z', seed: '0'.repeat(64) }],
  [{ opensAt: '2100-01-01T11:30:00Z', beacon: { source: 'none', reference: '1' } }],
  [{ opensAt: '2100-01-01T11:30:00Z', beacon: { source: 'drand' } }],
  [{ opensAt: '2100-01-01T11:30:00Z', beacon: { source: 'dr\nand', reference: '1' } }],
])('the body %j is 400', async (body) => {
  const answer = await commit(await schedule(), body)
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
})

test('it is for administrators, of a schedule that exists', async () => {
  const scheduleId = await schedule()
  const body = { opensAt: await inMs(hourMs) }
  const url = `/queue/admin/schedules/${scheduleId}/draw`
  expect((await draws.service.as(randomUUID())('POST', url, body)).statusCode).toBe(403)
  expect((await draws.service.app.inject({ method: 'POST', url, payload: body })).statusCode).toBe(401)
  const unknown = await commit(randomUUID(), body)
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'SCHEDULE_NOT_FOUND'])
})
