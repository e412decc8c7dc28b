import { randomUUID } from 'node:crypto'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { noteBuyer, readBuyers } from './buyers.ts'
import { closeQueue } from './close-queue.ts'
import { schedulesKey } from './keys.ts'
import { buyersKey, seatsClockKey, seatsKey, watchedSeatsKey } from './seat-keys.ts'
import { tellSeats } from './tell-seats.ts'
import { followSeats, takeDueSchedules } from './watch-seats.ts'
import { beginSeatReading, readSeats, writeSeats } from './write-seats.ts'

const redis = testRedis()
beforeEach(() => redis.client.del(watchedSeatsKey, schedulesKey, seatsClockKey))

const counts = { seatsTotal: 100, seatsSold: 40, held: 7, choosing: 3, seatsPerPerson: 1.75 }
const minuteMs = 60_000

describe('what is known of the seats', () => {
  test('is nothing before the first look, then what was counted and how old it is', async () => {
    const scheduleId = randomUUID()
    expect(await readSeats(redis, scheduleId)).toBeNull()
    const reading = await beginSeatReading(redis, scheduleId)
    expect(reading).toEqual({ number: 1, told: null, known: null })
    expect(await readSeats(redis, scheduleId)).toBeNull()
    expect((await writeSeats(redis, scheduleId, reading, { ...counts, isFresh: true })).outcome).toBe('written')
    const known = await readSeats(redis, scheduleId)
    expect(known).toMatchObject(counts)
    expect(known?.ageMs).toBeLessThan(5_000)
  })

  test('is never replaced by a look that began before', async () => {
    const scheduleId = randomUUID()
    const [early, late] = [await beginSeatReading(redis, scheduleId), await beginSeatReading(redis, scheduleId)]
    await writeSeats(redis, scheduleId, late, { ...counts, seatsSold: 50, isFresh: true })
    const outdated = await writeSeats(redis, scheduleId, early, { ...counts, seatsSold: 45, isFresh: true })
    expect(outdated.outcome).toBe('outdated')
    expect(await readSeats(redis, scheduleId)).toMatchObject({ seatsSold: 50 })
  })

  test('is not taken from a look that began before Redis was lost', async () => {
    const scheduleId = randomUUID()
    await beginSeatReading(redis, scheduleId)
    const early = await beginSeatReading(redis, scheduleId)
    await redis.client.del(seatsKey(scheduleId))
    const late = await beginSeatReading(redis, scheduleId)
    const outdated = await writeSeats(redis, scheduleId, early, { ...counts, seatsSold: 45, isFresh: true })
    expect(outdated.outcome).toBe('outdated')
    expect((await writeSeats(redis, scheduleId, late, { ...counts, isFresh: true })).outcome).toBe('written')
  })

  test('keeps its age where only an event has told something', async () => {
    const scheduleId = randomUUID()
    await writeSeats(redis, scheduleId, await beginSeatReading(redis, scheduleId), { ...counts, isFresh: true })
    await redis.client.hincrby(seatsKey(scheduleId), 'atMs', -minuteMs)
    await writeSeats(redis, scheduleId, await beginSeatReading(redis, scheduleId), { ...counts, isFresh: false })
    expect((await readSeats(redis, scheduleId))?.ageMs).toBeGreaterThanOrEqual(minuteMs)
  })
})

describe('the schedules to look at', () => {
  test('are those with people, each once per interval however many ask', async () => {
    const scheduleId = randomUUID()
    await redis.client.sadd(schedulesKey, scheduleId)
    const taken = await Promise.all(Array.from({ length: 10 }, () => takeDueSchedules(redis, minuteMs)))
    expect(taken.flat()).toEqual([scheduleId])
    await followSeats(redis, scheduleId, 1)
    expect(await waitUntil(async () => (await takeDueSchedules(redis, minuteMs))[0] ?? null)).toBe(scheduleId)
  })

  test('are looked at at once when the clock has gone back, and then as ever', async () => {
    const scheduleId = randomUUID()
    await redis.client.sadd(schedulesKey, scheduleId)
    await takeDueSchedules(redis, minuteMs)
    const hourMs = 60 * minuteMs
    await redis.client.zincrby(watchedSeatsKey, hourMs, scheduleId)
    await redis.client.incrby(seatsClockKey, hourMs)
    expect(await takeDueSchedules(redis, minuteMs)).toEqual([scheduleId])
    expect(await takeDueSchedules(redis, minuteMs)).toEqual([])
  })

  test('are looked at when an event tells something, also while a look is under way', async () => {
    const scheduleId = randomUUID()
    await redis.client.sadd(schedulesKey, scheduleId)
    await takeDueSchedules(redis, minuteMs)
    await tellSeats(redis, scheduleId, 'sold out')
    expect(await followSeats(redis, scheduleId, minuteMs)).toEqual({ outcome: 'due' })
    expect(await followSeats(redis, scheduleId, null)).toEqual({ outcome: 'due' })
    expect(await takeDueSchedules(redis, minuteMs)).toEqual([scheduleId])
    const reading = await beginSeatReading(redis, scheduleId)
    expect(reading.told).toBe('sold out')
    await writeSeats(redis, scheduleId, reading, { ...counts, isFresh: true })
    expect((await beginSeatReading(redis, scheduleId)).told).toBeNull()
  })

  test('what is told during a look is kept for the next one', async () => {
    const scheduleId = randomUUID()
    await redis.client.sadd(schedulesKey, scheduleId)
    await tellSeats(redis, scheduleId, 'first')
    const reading = await beginSeatReading(redis, scheduleId)
    await tellSeats(redis, scheduleId, 'second')
    await writeSeats(redis, scheduleId, reading, { ...counts, isFresh: true })
    expect((await beginSeatReading(redis, scheduleId)).told).toBe('second')
  })

  test('without people, follower and closing an event leaves no trace', async () => {
    const scheduleId = randomUUID()
    expect(await tellSeats(redis, scheduleId, 'sold out')).toEqual({ outcome: 'unwatched' })
    expect(await redis.client.exists(seatsKey(scheduleId))).toBe(0)
    await closeQueue(redis, scheduleId, 'SOLD_OUT', 'test')
    expect(await tellSeats(redis, scheduleId, 'seats are back')).toEqual({ outcome: 'told' })
    expect(await takeDueSchedules(redis, minuteMs)).toEqual([scheduleId])
    await followSeats(redis, scheduleId, null)
    expect(await redis.client.zcard(watchedSeatsKey)).toBe(0)
  })
})

test('buyers are counted once however often they are heard of, and only the latest 200 are kept', async () => {
  const scheduleId = randomUUID()
  const first = { reservationId: randomUUID(), seats: 4 }
  await noteBuyer(redis, scheduleId, first)
  await noteBuyer(redis, scheduleId, first)
  expect(await readBuyers(redis, scheduleId)).toEqual([4])
  await redis.client.zadd(buyersKey(scheduleId), 1, `${first.reservationId}:4`)
  for (let buyer = 0; buyer < 200; buyer += 1) {
    await noteBuyer(redis, scheduleId, { reservationId: randomUUID(), seats: 1 })
  }
  expect(await readBuyers(redis, scheduleId)).toEqual(Array(200).fill(1))
})
