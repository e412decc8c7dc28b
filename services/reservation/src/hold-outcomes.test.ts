import { randomUUID } from 'node:crypto'
import { commitHold, holdSeats, releaseSeats, seatOutcomesChannel } from '@ticket-queue/lua/seat'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, expect, test } from 'vitest'
import { createHoldOutcomes } from './hold-outcomes.ts'

const redis = testRedis()
const outcomes = createHoldOutcomes(redis)
const longMs = 20_000
/** Longer than any test lasts. */
const neverMs = 600_000
const channel = redis.keyPrefix + seatOutcomesChannel
const isSubscribed = async () => Number((await redis.client.pubsub('NUMSUB', channel))[1]) > 0
await waitUntil(isSubscribed)
afterAll(() => outcomes.close())

async function tentativeHold() {
  const hold = { scheduleId: randomUUID(), reservationId: randomUUID(), seatIds: [randomUUID(), randomUUID()] }
  await holdSeats(redis, hold)
  return hold
}

test('who waits for a seat of a tentative hold is told when it is committed', async () => {
  const hold = await tentativeHold()
  const listening = outcomes.listen(hold.scheduleId, hold.seatIds.slice(1))
  const told = listening.first(longMs)
  await commitHold(redis, { ...hold, remainingMs: 300_000 })
  expect(await told).toBe('committed')
  listening.stop()
})

test('who waits for a seat of a tentative hold is told when it ends', async () => {
  const hold = await tentativeHold()
  const listening = outcomes.listen(hold.scheduleId, hold.seatIds.slice(0, 1))
  const told = listening.first(longMs)
  await releaseSeats(redis, hold)
  expect(await told).toBe('ended')
  listening.stop()
})

test('what is decided between listening and asking is not missed', async () => {
  const hold = await tentativeHold()
  const listening = outcomes.listen(hold.scheduleId, hold.seatIds)
  const witness = outcomes.listen(hold.scheduleId, hold.seatIds)
  const seen = witness.first(longMs)
  await commitHold(redis, { ...hold, remainingMs: 300_000 })
  await seen
  expect(await listening.first(longMs)).toBe('committed')
  listening.stop()
  witness.stop()
})

test('other seats and other schedules say nothing, and the wait ends by itself', async () => {
  const [hold, other] = [await tentativeHold(), await tentativeHold()]
  const elsewhere = outcomes.listen(other.scheduleId, hold.seatIds)
  const beside = outcomes.listen(hold.scheduleId, other.seatIds)
  const listening = outcomes.listen(hold.scheduleId, hold.seatIds)
  const told = listening.first(longMs)
  await commitHold(redis, { ...hold, remainingMs: 300_000 })
  expect(await told).toBe('committed')
  expect(await Promise.all([elsewhere.first(1), beside.first(1)])).toEqual(['unknown', 'unknown'])
  for (const one of [elsewhere, beside, listening]) one.stop()
})

test('committing again, or giving back what was committed, is no outcome of a tentative hold', async () => {
  const hold = await tentativeHold()
  await commitHold(redis, { ...hold, remainingMs: 300_000 })
  const next = await tentativeHold()
  const listening = outcomes.listen(hold.scheduleId, hold.seatIds)
  const witness = outcomes.listen(next.scheduleId, next.seatIds)
  const seen = witness.first(longMs)
  await commitHold(redis, { ...hold, remainingMs: 300_000 })
  await releaseSeats(redis, hold)
  await commitHold(redis, { ...next, remainingMs: 300_000 })
  await seen
  expect(await listening.first(1)).toBe('unknown')
  listening.stop()
  witness.stop()
})

test('who follows a schedule hears of every hold of it, and of no other; the wait ends by itself', async () => {
  const [hold, other] = [await tentativeHold(), await tentativeHold()]
  const [following, elsewhere] = [hold, other].map(({ scheduleId }) => outcomes.follow(scheduleId))
  const momentMs = performance.now()
  let isHeard = false
  const silence = elsewhere?.decidedSince(momentMs, neverMs).then(() => (isHeard = true))
  const told = following?.decidedSince(momentMs, neverMs)
  await commitHold(redis, { ...hold, remainingMs: 300_000 })
  await told
  expect(isHeard).toBe(false)
  await releaseSeats(redis, other)
  await silence
  await following?.decidedSince(performance.now(), 1)
  for (const one of [following, elsewhere]) one?.stop()
})

test('what was decided since the moment, or before anybody followed, is not waited for', async () => {
  const hold = await tentativeHold()
  const beforeMs = performance.now()
  const following = outcomes.follow(hold.scheduleId)
  await following.decidedSince(beforeMs, neverMs)
  const momentMs = performance.now()
  const witness = outcomes.listen(hold.scheduleId, hold.seatIds)
  await releaseSeats(redis, hold)
  await witness.first(longMs)
  await following.decidedSince(momentMs, neverMs)
  following.stop()
  witness.stop()
})

const seats = () => ({ scheduleId: randomUUID(), seatIds: [randomUUID(), randomUUID()] })

test('who joins somebody who asks for one of the seats is told what they learn of it; who has not joined is not', async () => {
  const { scheduleId, seatIds } = seats()
  const [early, late, elsewhere] = [seatIds, seatIds.slice(1), [randomUUID()]].map((ids) =>
    outcomes.listen(scheduleId, ids),
  )
  expect(early?.join()).toBe(false)
  outcomes.expect(scheduleId, seatIds)
  expect([late?.join(), elsewhere?.join()]).toEqual([true, false])
  const told = late?.first(longMs)
  outcomes.tellJoined('committed', scheduleId, seatIds)
  expect([await told, await early?.first(1)]).toEqual(['committed', 'unknown'])
  const next = outcomes.listen(scheduleId, seatIds)
  expect(next.join()).toBe(false)
  for (const one of [early, late, elsewhere, next]) one?.stop()
})

test('nobody joins once a message has come, nor after one has waited in vain', async () => {
  const [hold, silent] = [await tentativeHold(), seats()]
  const [listening, waiting] = [hold, silent].map(({ scheduleId, seatIds }) => {
    outcomes.expect(scheduleId, seatIds)
    return outcomes.listen(scheduleId, seatIds)
  })
  expect([listening?.join(), waiting?.join()]).toEqual([true, true])
  const told = listening?.first(longMs)
  await releaseSeats(redis, hold)
  expect([await told, await waiting?.first(1)]).toEqual(['ended', 'unknown'])
  expect([listening?.join(), waiting?.join()]).toEqual([false, false])
  for (const one of [listening, waiting]) one?.stop()
})

test('a lost connection is subscribed again', async () => {
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  await waitUntil(isSubscribed)
  const hold = await tentativeHold()
  const listening = outcomes.listen(hold.scheduleId, hold.seatIds)
  const told = listening.first(longMs)
  await commitHold(redis, { ...hold, remainingMs: 300_000 })
  expect(await told).toBe('committed')
  listening.stop()
})
