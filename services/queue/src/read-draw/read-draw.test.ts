import { randomUUID } from 'node:crypto'
import { publishedDrawSchema, readCanonical, receiptSchema, verifyDraw, verifyReceipt } from '@ticket-queue/draw'
import { emptyRedis, testDatabase, testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../store/database.ts'
import { type TestDraws, testDraws } from '../test-draws.ts'

const redis = testRedis()
const { database } = await testDatabase<Database>('queue')
let draws: TestDraws
beforeAll(async () => {
  draws = await testDraws(redis, database)
})
afterAll(() => draws.close())

const as = (userId: string) => (path: string) => draws.service.as(userId)('GET', `/queue/draws/${path}`)
const anybody = as(randomUUID())

test('everybody in the roster has a receipt that holds against the published files, also when Redis has gone', async () => {
  const scheduleId = await draws.commit()
  const people = await draws.crowd(scheduleId, 7)
  await draws.conduct()
  const receipts = await Promise.all(people.map(({ userId }) => as(userId)(`${scheduleId}/receipt`)))
  await draws.admin('POST', `/queue/admin/schedules/${scheduleId}/draw/publish`, { whileOnSale: true })
  await emptyRedis(redis)
  const [file, roster] = [await anybody(`${scheduleId}/draw.json`), await anybody(`${scheduleId}/roster.ndjson`)]
  expect((await verifyDraw(file.rawPayload, [roster.rawPayload])).accepted).toBe(true)
  const draw = readCanonical(publishedDrawSchema, file.rawPayload) ?? undefined
  for (const [index, { userId }] of people.entries()) {
    const receipt = receiptSchema.parse(receipts[index]?.json())
    expect(verifyReceipt(receipt, { draw, userId }).every(({ passed }) => passed)).toBe(true)
    expect((await as(userId)(`${scheduleId}/receipt`)).json()).toEqual(receipt)
  }
})

test('the state tells what is fixed so far, and neither seed nor salt', async () => {
  const scheduleId = await draws.commit()
  await draws.crowd(scheduleId, 2)
  const open = await anybody(scheduleId)
  expect(open.json()).toMatchObject({
    status: 'COMMITTED',
    closedAt: null,
    count: null,
    rosterDigest: null,
    files: null,
  })
  await draws.conduct()
  const drawn = await anybody(scheduleId)
  expect(drawn.json()).toMatchObject({ status: 'DRAWN', count: 2, beacon: null, voidReason: null, files: null })
  expect(drawn.json().rosterDigest).toBe(draws.drawOf(scheduleId).closed?.rosterDigest)
  const { seed, salt } = draws.drawOf(scheduleId).secrets
  for (const { body } of [open, drawn]) expect(body.includes(seed) || body.includes(salt)).toBe(false)
})

test('who is not in the roster has no receipt; a schedule without a draw has nothing to read', async () => {
  const scheduleId = await draws.commit()
  await draws.crowd(scheduleId, 1)
  await draws.conduct()
  const stranger = await anybody(`${scheduleId}/receipt`)
  expect([stranger.statusCode, stranger.json().code]).toEqual([404, 'NOT_IN_ROSTER'])
  const without = draws.service.openSchedule()
  for (const path of ['', '/announcement.json', '/receipt', '/draw.json', '/roster.ndjson']) {
    const answer = await anybody(`${without}${path}`)
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'DRAW_NOT_FOUND'])
    expect((await anybody(`mine${path}`)).statusCode).toBe(400)
  }
})

test('without logging in everybody reads a draw and its published files, and nobody a receipt', async () => {
  const scheduleId = await draws.commit()
  await draws.crowd(scheduleId, 3)
  await draws.conduct()
  const url = `/queue/draws/${scheduleId}`
  const read = (path: string) => draws.service.app.inject({ method: 'GET', url: `${url}${path}` })
  expect((await read('')).json()).toMatchObject({ status: 'DRAWN', count: 3 })
  expect((await read('/announcement.json')).statusCode).toBe(200)
  for (const path of ['/draw.json', '/roster.ndjson']) {
    expect((await read(path)).json().code).toBe('DRAW_NOT_PUBLISHED')
  }
  await draws.admin('POST', `/queue/admin/schedules/${scheduleId}/draw/publish`, { whileOnSale: true })
  const [file, roster] = [await read('/draw.json'), await read('/roster.ndjson')]
  expect((await verifyDraw(file.rawPayload, [roster.rawPayload])).accepted).toBe(true)
  expect((await read('/receipt')).statusCode).toBe(401)
})
