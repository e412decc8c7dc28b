import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, expect, test } from 'vitest'
import { commitHold } from './commit-hold.ts'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, holdKey } from './keys.ts'
import { swapSeats } from './swap-seats.ts'

const redis = testRedis()
const other = redis.duplicate()
afterAll(() => other.close())

const remainingMs = 200_000
const scene = () => {
  const [a, b, c, d] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()] as const
  return { scheduleId: randomUUID(), mine: randomUUID(), theirs: randomUUID(), a, b, c, d }
}
async function committed(scheduleId: string, reservationId: string, seatIds: string[]): Promise<void> {
  await holdSeats(redis, { scheduleId, reservationId, seatIds })
  await commitHold(redis, { scheduleId, reservationId, seatIds, remainingMs: 300_000 })
}
const owner = (scheduleId: string, seatId: string) => redis.client.get(holdKey(scheduleId, seatId))

test('the new seats are held for as long as told, dropped ones are free, seats in both lists are kept', async () => {
  const { scheduleId, mine, theirs, a, b, c } = scene()
  await committed(scheduleId, mine, [a, b])
  const swapped = await swapSeats(redis, {
    scheduleId,
    reservationId: mine,
    oldSeatIds: [a, b],
    newSeatIds: [b, c],
    remainingMs,
  })
  expect(swapped.outcome).toBe('swapped')
  expect((await redis.client.smembers(heldSeatsKey(scheduleId))).sort()).toEqual([b, c].sort())
  for (const seatId of [b, c]) {
    expect(await owner(scheduleId, seatId)).toBe(mine)
    const pttl = await redis.client.pttl(holdKey(scheduleId, seatId))
    expect(pttl).toBeGreaterThan(remainingMs - 5_000)
    expect(pttl).toBeLessThanOrEqual(remainingMs)
  }
  expect((await holdSeats(redis, { scheduleId, reservationId: theirs, seatIds: [a] })).outcome).toBe('held')
  expect((await holdSeats(redis, { scheduleId, reservationId: theirs, seatIds: [c] })).outcome).toBe('taken')
})

test('a new seat that is taken, or being written, leaves everything as it was', async () => {
  const { scheduleId, mine, theirs, a, b, c, d } = scene()
  await committed(scheduleId, mine, [a])
  await committed(scheduleId, theirs, [c])
  const swap = (newSeatIds: string[]) =>
    swapSeats(redis, { scheduleId, reservationId: mine, oldSeatIds: [a], newSeatIds, remainingMs })
  expect(await swap([b, c])).toEqual({ outcome: 'taken', seatIds: [c] })
  await holdSeats(redis, { scheduleId, reservationId: theirs, seatIds: [d] })
  expect(await swap([b, d])).toMatchObject({ outcome: 'tentative', seatIds: [d] })
  expect(await owner(scheduleId, a)).toBe(mine)
  expect(await owner(scheduleId, b)).toBeNull()
  expect(await redis.client.sismember(heldSeatsKey(scheduleId), b)).toBe(0)
})

test('a hold that has ended cannot be exchanged', async () => {
  const { scheduleId, mine, theirs, a, b } = scene()
  await committed(scheduleId, mine, [a])
  await redis.client.set(holdKey(scheduleId, a), theirs)
  const swapped = await swapSeats(redis, {
    scheduleId,
    reservationId: mine,
    oldSeatIds: [a],
    newSeatIds: [b],
    remainingMs,
  })
  expect(swapped).toEqual({ outcome: 'lost', seatIds: [a] })
  expect(await owner(scheduleId, a)).toBe(theirs)
  expect(await owner(scheduleId, b)).toBeNull()
})

test('a new seat the reservation has already put by is committed with the exchange', async () => {
  const { scheduleId, mine, theirs, a, b } = scene()
  await committed(scheduleId, mine, [a])
  await holdSeats(redis, { scheduleId, reservationId: mine, seatIds: [b] })
  const swap = { scheduleId, reservationId: mine, oldSeatIds: [a], newSeatIds: [b], remainingMs }
  expect((await swapSeats(redis, swap)).outcome).toBe('swapped')
  expect((await holdSeats(redis, { scheduleId, reservationId: theirs, seatIds: [b] })).outcome).toBe('taken')
})

test('two buyers who want the same free seat at once: one gets it, the other keeps what they have', async () => {
  for (let round = 0; round < 25; round += 1) {
    const { scheduleId, mine, theirs, a, b, c } = scene()
    await committed(scheduleId, mine, [a])
    await committed(scheduleId, theirs, [b])
    const both = await Promise.all([
      swapSeats(redis, { scheduleId, reservationId: mine, oldSeatIds: [a], newSeatIds: [c], remainingMs }),
      swapSeats(other, { scheduleId, reservationId: theirs, oldSeatIds: [b], newSeatIds: [c], remainingMs }),
    ])
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['swapped', 'taken'])
    const mineWon = both[0].outcome === 'swapped'
    expect(await owner(scheduleId, c)).toBe(mineWon ? mine : theirs)
    expect(await owner(scheduleId, a)).toBe(mineWon ? null : mine)
    expect(await owner(scheduleId, b)).toBe(mineWon ? theirs : null)
  }
})
