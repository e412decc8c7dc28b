import { randomUUID } from 'node:crypto'
import type { RedisClient } from '@ticket-queue/redis'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { commitHold } from './commit-hold.ts'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, holdKey } from './keys.ts'

const redis = testRedis()
const connections = [redis, redis.duplicate(), redis.duplicate(), redis.duplicate()]
afterAll(() => Promise.all(connections.slice(1).map((connection) => connection.close())))

const ids = (count: number) => Array.from({ length: count }, () => randomUUID())
const scene = () => {
  const [first = '', second = '', ...seats] = ids(8)
  return { scheduleId: randomUUID(), first, second, seats }
}
const owners = (scheduleId: string, seatIds: readonly string[]) =>
  redis.client.mget(seatIds.map((seatId) => holdKey(scheduleId, seatId)))

describe('holding seats', () => {
  test('gives all of them to the reservation for 15 s and lists them as held', async () => {
    const { scheduleId, first, seats } = scene()
    const held = await holdSeats(redis, { scheduleId, reservationId: first, seatIds: seats.slice(0, 4) })
    const [seconds] = await redis.client.time()
    expect(held.outcome).toBe('held')
    if (held.outcome !== 'held') return
    expect(held.expiresAtMs / 1_000 - Number(seconds)).toBeGreaterThan(13)
    expect(held.expiresAtMs / 1_000 - Number(seconds)).toBeLessThanOrEqual(16)
    expect(await owners(scheduleId, seats.slice(0, 4))).toEqual(Array(4).fill(first))
    expect((await redis.client.smembers(heldSeatsKey(scheduleId))).sort()).toEqual(seats.slice(0, 4).sort())
  })

  test('is all or nothing: one seat that is gone keeps the others free', async () => {
    const { scheduleId, first, second, seats } = scene()
    const [a = '', b = '', c = ''] = seats
    await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [b] })
    await commitHold(redis, { scheduleId, reservationId: first, seatIds: [b], remainingMs: 300_000 })
    const refused = await holdSeats(redis, { scheduleId, reservationId: second, seatIds: [a, b, c] })
    expect(refused).toEqual({ outcome: 'taken', seatIds: [b] })
    expect(await owners(scheduleId, [a, b, c])).toEqual([null, first, null])
    expect(await redis.client.smembers(heldSeatsKey(scheduleId))).toEqual([b])
  })

  test('tells a hold that is being written from one that is: the former may still be given up', async () => {
    const { scheduleId, first, second, seats } = scene()
    const [a = '', b = '', c = ''] = seats
    await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [a, b] })
    const undecided = await holdSeats(redis, { scheduleId, reservationId: second, seatIds: [a, b, c] })
    expect(undecided).toMatchObject({ outcome: 'tentative', seatIds: [a, b] })
    if (undecided.outcome !== 'tentative') return
    expect(undecided.waitMs).toBeGreaterThan(13_000)
    expect(undecided.waitMs).toBeLessThanOrEqual(15_000)
  })

  test('says taken when one seat is being written and another is gone for good', async () => {
    const { scheduleId, first, second, seats } = scene()
    const [a = '', b = ''] = seats
    await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [a] })
    await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [b] })
    await commitHold(redis, { scheduleId, reservationId: first, seatIds: [b], remainingMs: 300_000 })
    const refused = await holdSeats(redis, { scheduleId, reservationId: second, seatIds: [a, b] })
    expect(refused).toEqual({ outcome: 'taken', seatIds: [b] })
  })

  test('a committed hold in its last seconds is not taken for one that is being written', async () => {
    const { scheduleId, first, second, seats } = scene()
    const [a = ''] = seats
    await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [a] })
    await commitHold(redis, { scheduleId, reservationId: first, seatIds: [a], remainingMs: 5_000 })
    const refused = await holdSeats(redis, { scheduleId, reservationId: second, seatIds: [a] })
    expect(refused.outcome).toBe('taken')
  })

  test('a hold nobody commits ends by itself, and the next one gets the seat', async () => {
    const { scheduleId, first, second, seats } = scene()
    const [a = ''] = seats
    await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [a], tentativeMs: 50 })
    const held = await waitUntil(async () => {
      const tried = await holdSeats(redis, { scheduleId, reservationId: second, seatIds: [a] })
      return tried.outcome === 'held' && tried
    })
    expect(held.outcome).toBe('held')
    expect(await owners(scheduleId, [a])).toEqual([second])
  })

  test('again by the same reservation changes nothing that is committed, and never shortens it', async () => {
    const { scheduleId, first, seats } = scene()
    const [a = '', b = ''] = seats
    await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [a, b] })
    await commitHold(redis, { scheduleId, reservationId: first, seatIds: [a, b], remainingMs: 300_000 })
    const again = await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [a, b] })
    expect(again.outcome).toBe('held')
    expect(await redis.client.pttl(holdKey(scheduleId, a))).toBeGreaterThan(290_000)
    const other = await holdSeats(redis, { scheduleId, reservationId: randomUUID(), seatIds: [a] })
    expect(other.outcome).toBe('taken')
  })

  test('in another schedule does not meet the same seat ID', async () => {
    const { scheduleId, first, second, seats } = scene()
    const [a = ''] = seats
    await holdSeats(redis, { scheduleId, reservationId: first, seatIds: [a] })
    expect((await holdSeats(redis, { scheduleId: randomUUID(), reservationId: second, seatIds: [a] })).outcome).toBe(
      'held',
    )
  })

  test.each([[0], [5]])('of %i seats is refused before Redis is asked', async (count) => {
    const { scheduleId, first } = scene()
    await expect(holdSeats(redis, { scheduleId, reservationId: first, seatIds: ids(count) })).rejects.toThrow()
  })
})

/** Everybody tries at once, over several connections; gives for each seat how many were told that it is theirs. */
async function race(hold: typeof holdSeats, attempts: readonly (readonly string[])[]): Promise<number> {
  const scheduleId = randomUUID()
  const results = await Promise.all(
    attempts.map(async (seatIds, index) => {
      const connection = connections[index % connections.length] ?? redis
      const { outcome } = await hold(connection, { scheduleId, reservationId: randomUUID(), seatIds })
      return outcome === 'held' ? seatIds : []
    }),
  )
  const winnersBySeat = Map.groupBy(results.flat(), (seatId) => seatId)
  return Math.max(0, ...[...winnersBySeat.values()].map((winners) => winners.length))
}

describe('many at once', () => {
  test('one seat, 300 buyers: one holds it', async () => {
    const [seat = ''] = ids(1)
    expect(await race(holdSeats, Array(300).fill([seat]))).toBe(1)
  })

  test('overlapping groups of seats: no seat is ever given to two', async () => {
    const seats = ids(6)
    const group = fc.uniqueArray(fc.constantFrom(...seats), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(group, { minLength: 2, maxLength: 40 }), async (attempts) => {
        expect(await race(holdSeats, attempts)).toBe(1)
      }),
      { numRuns: 30 },
    )
  })

  test('control: looking first and writing then gives one seat to several', async () => {
    const lookThenWrite = async (connection: RedisClient, input: Parameters<typeof holdSeats>[1]) => {
      const keys = input.seatIds.map((seatId) => holdKey(input.scheduleId, seatId))
      const taken = (await connection.client.mget(keys)).some((owner) => owner !== null)
      if (taken) return { outcome: 'taken' as const, seatIds: [...input.seatIds] }
      for (const key of keys) await connection.client.set(key, input.reservationId, 'PX', 15_000)
      return { outcome: 'held' as const, expiresAtMs: 0 }
    }
    const [seat = ''] = ids(1)
    expect(await race(lookThenWrite, Array(300).fill([seat]))).toBeGreaterThan(1)
  })
})
