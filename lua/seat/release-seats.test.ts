import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, holdKey } from './keys.ts'
import { releaseSeats } from './release-seats.ts'

const redis = testRedis()
const scene = () => ({
  scheduleId: randomUUID(),
  mine: randomUUID(),
  theirs: randomUUID(),
  a: randomUUID(),
  b: randomUUID(),
})

test('released seats are free at once and listed no more; releasing again says there was nothing', async () => {
  const { scheduleId, mine, theirs, a, b } = scene()
  await holdSeats(redis, { scheduleId, reservationId: mine, seatIds: [a, b] })
  const release = () => releaseSeats(redis, { scheduleId, reservationId: mine, seatIds: [a, b] })
  expect(await release()).toEqual({ outcome: 'released', seatIds: [a, b] })
  expect(await redis.client.exists(heldSeatsKey(scheduleId))).toBe(0)
  expect(await release()).toEqual({ outcome: 'released', seatIds: [] })
  expect((await holdSeats(redis, { scheduleId, reservationId: theirs, seatIds: [a, b] })).outcome).toBe('held')
})

test('a seat that belongs to somebody else by now is not released', async () => {
  const { scheduleId, mine, theirs, a, b } = scene()
  await holdSeats(redis, { scheduleId, reservationId: mine, seatIds: [a] })
  await holdSeats(redis, { scheduleId, reservationId: theirs, seatIds: [b] })
  const released = await releaseSeats(redis, { scheduleId, reservationId: mine, seatIds: [a, b] })
  expect(released).toEqual({ outcome: 'released', seatIds: [a] })
  expect(await redis.client.get(holdKey(scheduleId, b))).toBe(theirs)
  expect(await redis.client.smembers(heldSeatsKey(scheduleId))).toEqual([b])
})

test('a seat whose lock has gone by itself is taken off the list', async () => {
  const { scheduleId, mine, a } = scene()
  await holdSeats(redis, { scheduleId, reservationId: mine, seatIds: [a] })
  await redis.client.del(holdKey(scheduleId, a))
  expect(await releaseSeats(redis, { scheduleId, reservationId: mine, seatIds: [a] })).toEqual({
    outcome: 'released',
    seatIds: [],
  })
  expect(await redis.client.exists(heldSeatsKey(scheduleId))).toBe(0)
})
