import { randomUUID } from 'node:crypto'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { commitHold } from './commit-hold.ts'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, holdKey } from './keys.ts'
import { sweepHolds } from './sweep-holds.ts'

const redis = testRedis()

async function heldPair(tentativeMs?: number) {
  const [scheduleId, reservationId, a, b] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()] as const
  const hold = { scheduleId, reservationId, seatIds: [a, b] }
  await holdSeats(redis, tentativeMs === undefined ? hold : { ...hold, tentativeMs })
  return { ...hold, a, b }
}
const remainingOf = (scheduleId: string, seatId: string) => redis.client.pttl(holdKey(scheduleId, seatId))

test('a committed hold lasts as long as its row says, and repeating the commit is harmless', async () => {
  const hold = await heldPair()
  const committed = await commitHold(redis, { ...hold, remainingMs: 300_000 })
  const [seconds] = await redis.client.time()
  expect(committed.outcome).toBe('committed')
  if (committed.outcome === 'committed') expect(committed.expiresAtMs / 1_000 - Number(seconds)).toBeGreaterThan(298)
  for (const seatId of hold.seatIds) expect(await remainingOf(hold.scheduleId, seatId)).toBeGreaterThan(298_000)
  expect((await commitHold(redis, { ...hold, remainingMs: 300_000 })).outcome).toBe('committed')
})

test('a hold that ended before its row was written is told as lost, and no seat of it is prolonged', async () => {
  const hold = await heldPair()
  await redis.client.del(holdKey(hold.scheduleId, hold.b))
  expect(await commitHold(redis, { ...hold, remainingMs: 300_000 })).toEqual({ outcome: 'lost', seatIds: [hold.b] })
  expect(await remainingOf(hold.scheduleId, hold.a)).toBeLessThanOrEqual(15_000)
})

test('a hold that ended and went to somebody else stays theirs', async () => {
  const late = await heldPair(50)
  const winner = randomUUID()
  await waitUntil(async () => (await holdSeats(redis, { ...late, reservationId: winner })).outcome === 'held')
  expect(await commitHold(redis, { ...late, remainingMs: 300_000 })).toEqual({ outcome: 'lost', seatIds: late.seatIds })
  expect(await redis.client.get(holdKey(late.scheduleId, late.a))).toBe(winner)
})

test('a hold swept between its two steps is listed again once committed', async () => {
  const hold = await heldPair()
  await redis.client.srem(heldSeatsKey(hold.scheduleId), ...hold.seatIds)
  await sweepHolds(redis, hold.scheduleId)
  await commitHold(redis, { ...hold, remainingMs: 300_000 })
  expect(await redis.client.scard(heldSeatsKey(hold.scheduleId))).toBe(2)
})

test.each([[0], [-1], [1.5]])('a hold of %d ms is refused before Redis is asked', async (remainingMs) => {
  const hold = await heldPair()
  await expect(commitHold(redis, { ...hold, remainingMs })).rejects.toThrow()
})
