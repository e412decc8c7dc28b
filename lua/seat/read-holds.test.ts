import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { commitHold } from './commit-hold.ts'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, holdKey, tentativeSeatsKey } from './keys.ts'
import { readHolds, readHoldsByKind } from './read-holds.ts'

const redis = testRedis()
const ids = (count: number) => Array.from({ length: count }, () => randomUUID())

test('a schedule without holds has none', async () => {
  expect(await readHolds(redis, randomUUID())).toEqual([])
})

test('tentative and committed holds of this schedule are shown, those of others are not', async () => {
  const [scheduleId = '', elsewhere = '', reservationId = ''] = ids(3)
  const seatIds = ids(3)
  await holdSeats(redis, { scheduleId, reservationId, seatIds })
  await holdSeats(redis, { scheduleId: elsewhere, reservationId, seatIds: ids(2) })
  expect((await readHolds(redis, scheduleId)).sort()).toEqual(seatIds.sort())
})

test('held seats that are only being written are told apart, as long as that lasts', async () => {
  const [scheduleId = '', written = '', writing = '', over = ''] = ids(4)
  const [mine = '', ...theirs] = ids(3)
  await holdSeats(redis, { scheduleId, reservationId: written, seatIds: [mine] })
  await commitHold(redis, { scheduleId, reservationId: written, seatIds: [mine], remainingMs: 60_000 })
  expect(await readHoldsByKind(redis, scheduleId)).toEqual({ held: new Set([mine]), tentative: new Set() })
  await holdSeats(redis, { scheduleId, reservationId: writing, seatIds: theirs })
  await redis.client.set(holdKey(scheduleId, over), writing, 'PX', 60_000)
  await redis.client.sadd(heldSeatsKey(scheduleId), over)
  await redis.client.zadd(tentativeSeatsKey(scheduleId), 1, over)
  const { held, tentative } = await readHoldsByKind(redis, scheduleId)
  expect([held, tentative]).toEqual([new Set([mine, over, ...theirs]), new Set(theirs)])
})

test('a seat whose lock has gone is not shown, although nobody has swept it yet', async () => {
  const [scheduleId = '', reservationId = ''] = ids(2)
  const [gone = '', kept = ''] = ids(2)
  await holdSeats(redis, { scheduleId, reservationId, seatIds: [gone, kept] })
  await redis.client.del(holdKey(scheduleId, gone))
  expect(await redis.client.scard(heldSeatsKey(scheduleId))).toBe(2)
  expect(await readHolds(redis, scheduleId)).toEqual([kept])
})

test('thousands of holds are all shown, each once', async () => {
  const scheduleId = randomUUID()
  const seatIds = ids(5_000)
  const pipeline = redis.client.pipeline()
  for (const seatId of seatIds) pipeline.set(holdKey(scheduleId, seatId), scheduleId, 'PX', 60_000)
  pipeline.sadd(heldSeatsKey(scheduleId), ...seatIds, ...ids(1_000))
  await pipeline.exec()
  expect((await readHolds(redis, scheduleId)).sort()).toEqual(seatIds.sort())
})
