import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, salesKey } from './keys.ts'
import { noteSales } from './note-sales.ts'
import { readSales } from './read-sales.ts'
import { releaseSeats } from './release-seats.ts'

const redis = testRedis()
const sale = (seats = 2) => ({
  scheduleId: randomUUID(),
  reservationId: randomUUID(),
  seatIds: Array.from({ length: seats }, () => randomUUID()),
})
const noted = async (scheduleId: string, sinceMs = 0) => (await readSales(redis, { scheduleId, sinceMs })).sales
const allOf = (seatIds: readonly string[], isSold: boolean) => seatIds.map((seatId) => ({ seatId, isSold }))
const bySeat = (sales: { seatId: string; isSold: boolean }[]) =>
  sales.toSorted((one, other) => (one.seatId < other.seatId ? -1 : 1))

test('of a seat the last thing that happened is noted, once', async () => {
  const one = sale()
  expect(await noted(one.scheduleId)).toEqual([])
  for (const [what, isSold] of [
    ['sold', true],
    ['sold', true],
    ['freed', false],
    ['sold', true],
  ] as const) {
    expect((await noteSales(redis, { ...one, sale: what })).seatIds).toEqual(one.seatIds)
    expect(bySeat(await noted(one.scheduleId))).toEqual(bySeat(allOf(one.seatIds, isSold)))
  }
  expect(await noted(randomUUID())).toEqual([])
})

test('a look that goes on from the last one misses nothing, however they interleave', async () => {
  const { scheduleId } = sale()
  const seen = new Set<string>()
  let sinceMs = 0
  const look = async () => {
    const { nowMs, sales } = await readSales(redis, { scheduleId, sinceMs })
    expect(nowMs).toBeGreaterThanOrEqual(sinceMs)
    sinceMs = nowMs
    for (const { seatId } of sales) seen.add(seatId)
  }
  const all = Array.from({ length: 300 }, () => randomUUID())
  for (let from = 0; from < all.length; from += 3) {
    const sold = all.slice(from, from + 3)
    await Promise.all([
      ...sold.map((seatId) => noteSales(redis, { ...sale(), scheduleId, seatIds: [seatId], sale: 'sold' })),
      look(),
    ])
  }
  await look()
  expect([...seen].sort()).toEqual(all.sort())
})

test('freeing that comes late does not undo the next sale: it says nothing of what somebody else holds', async () => {
  const first = sale(1)
  await noteSales(redis, { ...first, sale: 'sold' })
  const next = { ...first, reservationId: randomUUID() }
  await holdSeats(redis, next)
  expect((await noteSales(redis, { ...first, sale: 'freed' })).seatIds).toEqual([])
  expect(await noted(first.scheduleId)).toEqual([])
  await noteSales(redis, { ...next, sale: 'sold' })
  await noteSales(redis, { ...first, sale: 'freed' })
  expect((await noted(first.scheduleId)).filter(({ isSold }) => !isSold)).toEqual([])
})

test('whoever still has the lock, or whose lock has ended, frees', async () => {
  const [locked, unlocked] = [sale(), sale()]
  await holdSeats(redis, locked)
  for (const one of [locked, unlocked]) {
    await noteSales(redis, { ...one, sale: 'sold' })
    await noteSales(redis, { ...one, sale: 'freed' })
    expect(bySeat(await noted(one.scheduleId))).toEqual(bySeat(allOf(one.seatIds, false)))
  }
  await releaseSeats(redis, locked)
  expect(await redis.client.exists(heldSeatsKey(locked.scheduleId))).toBe(0)
})

test('notes end by themselves, each after an hour', async () => {
  const [old, fresh] = [sale(1), sale(1)]
  await noteSales(redis, { ...old, sale: 'sold' })
  await redis.client.zadd(salesKey(old.scheduleId), Date.now() - 3_700_000, `sold:${old.seatIds[0]}`)
  await noteSales(redis, { ...fresh, scheduleId: old.scheduleId, sale: 'freed' })
  expect(await noted(old.scheduleId)).toEqual(allOf(fresh.seatIds, false))
  const livesMs = await redis.client.pttl(salesKey(old.scheduleId))
  expect(livesMs).toBeGreaterThan(3_500_000)
})
