import { randomBytes, randomUUID } from 'node:crypto'
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

const value = randomBytes(32).toString('hex')
const record = (scheduleId: string, body: object = { value }) =>
  draws.admin('POST', `/queue/admin/schedules/${scheduleId}/draw/beacon`, body)
const ids = (people: readonly { userId: string }[]) => people.map(({ userId }) => userId)

test('nobody is admitted until the beacon has spoken; digest and index are told before, the position after', async () => {
  const scheduleId = await draws.commit({ beacon: testBeacon })
  const people = await draws.crowd(scheduleId, 12)
  await draws.conduct()
  await draws.admit()
  expect(await draws.line(scheduleId)).toEqual(ids(people))
  const before = await draws.place(scheduleId, people[4]?.userId ?? '')
  expect(before.rank).toBeNull()
  expect(before.draw).toMatchObject({ phase: 'DRAWING', beacon: testBeacon, count: 12, index: 4, position: null })
  const receipt = await draws.service.as(people[4]?.userId ?? '')('GET', `/queue/draws/${scheduleId}/receipt`)
  expect([receipt.statusCode, receipt.json().code]).toEqual([409, 'DRAW_NOT_DRAWN'])

  const answer = await record(scheduleId)
  expect([answer.statusCode, answer.json().status, answer.json().beacon]).toEqual([
    200,
    'DRAWN',
    { ...testBeacon, value },
  ])
  expect(answer.json().rosterDigest).toBe(before.draw?.rosterDigest)
  await draws.conduct()
  const order = await draws.drawnOrder(scheduleId, ids(people))
  expect(await draws.line(scheduleId)).toEqual(order)
  const after = await draws.place(scheduleId, people[4]?.userId ?? '')
  expect(after.draw).toMatchObject({ phase: 'DRAWN', index: 4, position: order.indexOf(people[4]?.userId ?? '') })
})

test('a second value changes nothing', async () => {
  const scheduleId = await draws.commit({ beacon: testBeacon })
  await draws.crowd(scheduleId, 2)
  await draws.conduct()
  const values = [value, randomBytes(32).toString('hex')]
  const answers = await Promise.all(values.map((one) => record(scheduleId, { value: one })))
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409])
  const drawn = draws.drawOf(scheduleId).drawn
  const again = await record(scheduleId, { value: randomBytes(32).toString('hex') })
  expect([again.statusCode, again.json().code]).toEqual([409, 'BEACON_NOT_AWAITED'])
  expect(draws.drawOf(scheduleId).drawn).toEqual(drawn)
})

test('a value before the roster has closed is refused, and so is one that no draw awaits', async () => {
  const open = await draws.commit({ beacon: testBeacon, closesInMs: 3_600_000 })
  expect((await record(open)).json().code).toBe('DRAW_NOT_CLOSED')
  const without = await draws.commit()
  expect((await record(without)).json().code).toBe('BEACON_NOT_AWAITED')
  expect((await record(draws.service.openSchedule())).json().code).toBe('DRAW_NOT_FOUND')
})

test.each([[{}], [{ value: '' }], [{ value: 'abc' }], [{ value: 'AB'.repeat(32) }], [{ value: 'ab'.repeat(65) }]])(
  'the body %j is 400',
  async (body) => {
    const answer = await record(draws.service.openSchedule(), body)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
  },
)

test('it is for administrators', async () => {
  const url = `/queue/admin/schedules/${draws.service.openSchedule()}/draw/beacon`
  expect((await draws.service.as(randomUUID())('POST', url, { value })).statusCode).toBe(403)
})
