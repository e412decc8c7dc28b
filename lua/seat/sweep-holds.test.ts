import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, expect, test } from 'vitest'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, holdKey } from './keys.ts'
import { sweepHolds } from './sweep-holds.ts'

const redis = testRedis()
const other = redis.duplicate()
afterAll(() => other.close())
const ids = (count: number) => Array.from({ length: count }, () => randomUUID())

test('seats whose lock has gone leave the list, held ones stay', async () => {
  const [scheduleId = '', reservationId = '', gone = '', kept = ''] = ids(4)
  await holdSeats(redis, { scheduleId, reservationId, seatIds: [gone, kept] })
  await redis.client.del(holdKey(scheduleId, gone))
  expect(await sweepHolds(redis, scheduleId)).toEqual([gone])
  expect(await redis.client.smembers(heldSeatsKey(scheduleId))).toEqual([kept])
  expect(await sweepHolds(redis, scheduleId)).toEqual([])
})

test('two sweepers at once over thousands of seats take out each dead one once and no live one', async () => {
  const scheduleId = randomUUID()
  const [live, dead] = [ids(1_500), ids(3_000)]
  const pipeline = redis.client.pipeline()
  for (const seatId of live) pipeline.set(holdKey(scheduleId, seatId), scheduleId, 'PX', 60_000)
  pipeline.sadd(heldSeatsKey(scheduleId), ...live, ...dead)
  await pipeline.exec()
  const swept = await Promise.all([sweepHolds(redis, scheduleId), sweepHolds(other, scheduleId)])
  expect(swept.flat().sort()).toEqual(dead.sort())
  expect((await redis.client.smembers(heldSeatsKey(scheduleId))).sort()).toEqual(live.sort())
})
