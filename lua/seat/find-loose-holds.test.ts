import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { commitHold } from './commit-hold.ts'
import { findLooseHolds } from './find-loose-holds.ts'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, holdKey } from './keys.ts'

const redis = testRedis()
const scheduleId = randomUUID()
const remainingMs = 300_000

/** A committed hold of two seats. */
const committed = async (lastsMs = remainingMs) => {
  const hold = { scheduleId, reservationId: randomUUID(), seatIds: [randomUUID(), randomUUID()], remainingMs }
  await holdSeats(redis, hold)
  await commitHold(redis, { ...hold, remainingMs: lastsMs })
  return { ...hold, seatId: hold.seatIds[1] ?? '' }
}
const isLoose = async (hold: Awaited<ReturnType<typeof committed>>) =>
  (await findLooseHolds(redis, scheduleId, [hold])).has(hold.reservationId)

test('a committed hold that lasts as its row says is kept, and finding out changes nothing', async () => {
  const hold = await committed()
  const before = await redis.client.pttl(holdKey(scheduleId, hold.seatId))
  expect(await isLoose(hold)).toBe(false)
  expect(await redis.client.pttl(holdKey(scheduleId, hold.seatId))).toBeLessThanOrEqual(before)
  expect(await findLooseHolds(redis, scheduleId, [])).toEqual(new Set())
})

test.each<[string, (hold: Awaited<ReturnType<typeof committed>>) => Promise<unknown>]>([
  ['a lock is gone', ({ seatId }) => redis.client.del(holdKey(scheduleId, seatId))],
  [
    'a lock is somebody else’s',
    ({ seatId }) => redis.client.set(holdKey(scheduleId, seatId), 'other', 'PX', remainingMs),
  ],
  ['a seat is not listed', ({ seatId }) => redis.client.srem(heldSeatsKey(scheduleId), seatId)],
  ['a lock never ends', ({ seatId }) => redis.client.persist(holdKey(scheduleId, seatId))],
  ['a lock ends too soon', ({ seatId }) => redis.client.pexpire(holdKey(scheduleId, seatId), remainingMs / 2)],
  ['a lock ends too late', ({ seatId }) => redis.client.pexpire(holdKey(scheduleId, seatId), remainingMs * 2)],
])('a hold is loose if %s', async (_what, loosen) => {
  const [hold, other] = [await committed(), await committed()]
  await loosen(hold)
  expect(await findLooseHolds(redis, scheduleId, [other, hold])).toEqual(new Set([hold.reservationId]))
})

test('a hold that was never committed is loose', async () => {
  const hold = { ...(await committed()), reservationId: randomUUID(), seatIds: [randomUUID()], remainingMs: 15_000 }
  await holdSeats(redis, hold)
  expect(await isLoose(hold)).toBe(true)
})

test('a little before its end a hold is still kept', async () => {
  expect(await isLoose({ ...(await committed(500)), remainingMs: 900 })).toBe(false)
})

test('more than one run looks at are all looked at', async () => {
  const kept = await committed()
  const lost = Array.from({ length: 250 }, () => ({ ...kept, reservationId: randomUUID(), seatIds: [randomUUID()] }))
  const loose = await findLooseHolds(redis, scheduleId, [...lost, kept])
  expect(loose).toEqual(new Set(lost.map(({ reservationId }) => reservationId)))
})
