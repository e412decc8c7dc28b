import { randomUUID } from 'node:crypto'
import { logKey } from '@ticket-queue/lua/queue'
import { testDatabase, testRedis, waitUntil } from '@ticket-queue/testing'
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

const publish = (scheduleId: string, body: object = {}) =>
  draws.admin('POST', `/queue/admin/schedules/${scheduleId}/draw/publish`, body)
const read = (scheduleId: string, file: string) =>
  draws.service.as(randomUUID())('GET', `/queue/draws/${scheduleId}/${file}`)

test.each([
  ['sold out', { saleOpen: true, seatsTotal: 10, seatsSold: 10 }],
  ['cancelled', { eventStatus: 'CANCELLED' as const }],
  ['over', { saleEndAt: '2020-01-01T00:00:00Z' }],
])('once the sale is %s, seed, salt and roster are for everybody', async (_how, schedule) => {
  const scheduleId = await draws.commit()
  await draws.crowd(scheduleId, 3)
  await draws.conduct()
  const running = await publish(scheduleId)
  expect([running.statusCode, running.json().code]).toEqual([409, 'DRAW_SALE_RUNNING'])
  for (const file of ['draw.json', 'roster.ndjson']) {
    expect([(await read(scheduleId, file)).statusCode, (await read(scheduleId, file)).json().code]).toEqual([
      409,
      'DRAW_NOT_PUBLISHED',
    ])
  }
  draws.service.changeSchedule(scheduleId, schedule)
  await waitUntil(async () => (await publish(scheduleId)).statusCode === 200)
  expect((await publish(scheduleId)).json().status).toBe('PUBLISHED')
  expect((await read(scheduleId, 'draw.json')).json()).toMatchObject({ count: 3, ...draws.drawOf(scheduleId).secrets })
  expect((await read(scheduleId, 'roster.ndjson')).body.split('\n')).toHaveLength(4)
})

test('while it runs only by explicit will; again it is the same, and who did it stands in the log once', async () => {
  const scheduleId = await draws.commit()
  await draws.crowd(scheduleId, 1)
  await draws.conduct()
  for (let time = 0; time < 2; time += 1)
    expect((await publish(scheduleId, { whileOnSale: true })).statusCode).toBe(200)
  await draws.conduct()
  const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
  const kinds = entries.map(([, [, kind]]) => kind).filter((kind) => kind?.startsWith('draw'))
  expect(kinds).toEqual(['draw-closed', 'drawn', 'draw-published'])
})

test('what has no order is not published', async () => {
  const open = await draws.commit({ closesInMs: 3_600_000 })
  const awaiting = await draws.commit({ beacon: testBeacon })
  await draws.conduct()
  for (const scheduleId of [open, awaiting]) {
    const answer = await publish(scheduleId, { whileOnSale: true })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'DRAW_NOT_DRAWN'])
  }
  expect((await publish(draws.service.openSchedule())).json().code).toBe('DRAW_NOT_FOUND')
})

test('it is for administrators', async () => {
  const url = `/queue/admin/schedules/${draws.service.openSchedule()}/draw/publish`
  expect((await draws.service.as(randomUUID())('POST', url, {})).statusCode).toBe(403)
})
