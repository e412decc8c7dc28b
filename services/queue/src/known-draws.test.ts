import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createDrawnRosters, loadedMax } from './drawn-rosters.ts'
import { knowDraws } from './know-draws/know-draws.ts'
import { createKnownDraws } from './known-draws.ts'
import type { RecentDraws, StoredDraw } from './store/draws.ts'

const drawOf = (scheduleId: string, status: StoredDraw['status'] = 'COMMITTED'): StoredDraw => ({
  id: randomUUID(),
  status,
  terms: {
    scheduleId,
    committedAt: '2026-08-25T03:00:00.000Z',
    opensAt: '2026-09-01T10:30:00.000Z',
    closesAt: '2026-09-01T11:00:00.000Z',
    beacon: null,
  },
  commitment: 'c'.repeat(64),
  secrets: { seed: 'a'.repeat(64), salt: 'b'.repeat(64) },
  closed: null,
  drawn: null,
  voidReason: null,
  publishedBy: null,
  voidedBy: null,
})
const told = (...draws: StoredDraw[]): RecentDraws => ({ draws, releasedIds: [], nowMs: 1_000 })

test('nothing is known before PostgreSQL has been heard, and its clock goes on from then', async () => {
  const draws = createKnownDraws(async () => told())
  expect(draws.hasHeard()).toBe(false)
  expect(() => draws.databaseNowMs()).toThrow('has not told its time')
  await draws.refresh()
  expect(draws.hasHeard()).toBe(true)
  expect(draws.databaseNowMs()).toBeGreaterThanOrEqual(1_000)
})

test('while PostgreSQL is away what was known stays', async () => {
  const scheduleId = randomUUID()
  let isAway = false
  const draws = createKnownDraws(async () => {
    if (isAway) throw new Error('away')
    return told(drawOf(scheduleId))
  })
  await draws.refresh()
  isAway = true
  await expect(draws.refresh()).rejects.toThrow('away')
  expect(draws.of(scheduleId)?.status).toBe('COMMITTED')
})

test('an answer that a later one has overtaken is not taken for news', async () => {
  const scheduleId = randomUUID()
  const answers = [Promise.withResolvers<RecentDraws>(), Promise.withResolvers<RecentDraws>()]
  let asked = 0
  const draws = createKnownDraws(() => {
    asked += 1
    return answers[asked - 1]?.promise ?? Promise.reject(new Error('asked too often'))
  })
  const [slow, quick] = [draws.refresh(), draws.refresh()]
  answers[1]?.resolve(told(drawOf(scheduleId, 'DRAWN')))
  await quick
  answers[0]?.resolve(told(drawOf(scheduleId, 'COMMITTED')))
  await slow
  expect(draws.of(scheduleId)?.status).toBe('DRAWN')
})

test('every process has the rosters of all draws of a day in memory, and receipts of older draws push none out', async () => {
  const read: string[] = []
  const rosters = createDrawnRosters(async (drawId) => {
    read.push(drawId)
    return []
  })
  const closed = { closedAt: '2026-09-01T11:00:00.000Z', count: 0, rosterDigest: 'd'.repeat(64) }
  const [today, older] = [loadedMax, 4].map((count) =>
    Array.from({ length: count }, () => ({ ...drawOf(randomUUID(), 'DRAWN'), closed })),
  )
  if (today === undefined || older === undefined) throw new Error('there are no draws')
  const draws = createKnownDraws(async () => ({ ...told(...today), nowMs: Date.parse(closed.closedAt) }))
  for (let round = 0; round < 2; round += 1) {
    await knowDraws({ draws, rosters })
    for (const draw of older) await rosters.load(draw)
  }
  expect(today.filter((draw) => rosters.loaded(draw) === null)).toEqual([])
  expect(read).toHaveLength(today.length + older.length)
})

test('as many rosters as are loaded and four more are kept, those asked for last; a failed reading is not', async () => {
  const read: string[] = []
  const rosters = createDrawnRosters(async (drawId) => {
    read.push(drawId)
    if (read.length === 1) throw new Error('away')
    return []
  })
  const draws = Array.from({ length: loadedMax + 5 }, () => drawOf(randomUUID(), 'DRAWN'))
  const [first] = draws
  if (first === undefined) throw new Error('there is no draw')
  await expect(rosters.load(first)).rejects.toThrow('away')
  expect(rosters.loaded(first)).toBeNull()
  await Promise.all([rosters.load(first), rosters.load(first)])
  expect(read).toHaveLength(2)
  for (const draw of draws) await rosters.load(draw)
  expect(rosters.loaded(first)).toBeNull()
  expect(draws.slice(1).every((draw) => rosters.loaded(draw) !== null)).toBe(true)
})
