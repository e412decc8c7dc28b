import { commitHold, heldSeatsKey, holdKey, holdSeats } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { expireHolds } from '../expire-holds/expire-holds.ts'
import { outcome } from '../test-buyers.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { rebuildHoldsJob } from './rebuild-holds.job.ts'
import { rebuildHolds } from './rebuild-holds.ts'

const service = await testReservationService()
const { db, deps, redis, scene, admit, admitOne, hold, held, begin, paying, release, deliver } = service
const { reservation, locks, makeOverdue, loseHolds } = service
const rebuild = (endedWithinSeconds = 60) => rebuildHolds(deps, { endedWithinSeconds })

test('after Redis has lost everything nobody gets a held seat, and the locks come back for the time that is left', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(4)
  const mine = await held(buyer, seatIds.slice(0, 2))
  const paid = await admitOne(schedule)
  const theirs = await paying(paid, seatIds.slice(2))
  await db
    .updateTable('reservations')
    .set({ hold_expires_at: new Date(Date.now() + 100_000) })
    .where('id', '=', mine.reservationId)
    .execute()
  await loseHolds(schedule)
  const greedy = await admit(schedule, 6)
  const outcomes = await Promise.all(greedy.map((other, index) => hold(other, [seatIds[index % 4] ?? ''])))
  expect(outcomes.map(outcome)).toEqual(greedy.map(() => '409 SEAT_TAKEN'))

  expect(await rebuild()).toBeGreaterThanOrEqual(2)
  expect(await locks(scheduleId)).toEqual({
    ...Object.fromEntries(seatIds.slice(0, 2).map((id) => [id, mine.reservationId])),
    ...Object.fromEntries(seatIds.slice(2).map((id) => [id, theirs.reservationId])),
  })
  const lifeMs = (index: number) => redis.client.pttl(holdKey(scheduleId, seatIds[index] ?? ''))
  expect(await lifeMs(0)).toBeLessThanOrEqual(100_000)
  expect(await lifeMs(0)).toBeGreaterThan(80_000)
  expect(await lifeMs(2)).toBeGreaterThan(880_000)
  expect((await held(buyer, seatIds.slice(0, 2))).reservationId).toBe(mine.reservationId)
})

test('what Redis still has is not counted as lost, and overdue or ended holds are not set again', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(4)
  await held(buyer, seatIds.slice(0, 1))
  const overdue = await held(await admitOne(schedule), seatIds.slice(1, 2))
  const leaver = await admitOne(schedule)
  const released = await held(leaver, seatIds.slice(2, 3))
  await rebuild()
  expect(await rebuild()).toBe(0)
  await makeOverdue(overdue.reservationId)
  await release(leaver, released.reservationId)
  await loseHolds(schedule)
  expect(await rebuild()).toBe(1)
  expect(Object.keys(await locks(scheduleId))).toEqual(seatIds.slice(0, 1))
})

test('a lock left behind by an ended reservation is dropped, within the time it looks back', async () => {
  const { scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId } = await held(buyer, seatIds)
  await release(buyer, reservationId)
  const leftBehind = { scheduleId, reservationId, seatIds }
  await holdSeats(redis, leftBehind)
  await commitHold(redis, { ...leftBehind, remainingMs: 300_000 })
  await db
    .updateTable('reservations')
    .set({ cancelled_at: new Date(Date.now() - 120_000) })
    .where('id', '=', reservationId)
    .execute()
  await rebuild(60)
  expect(Object.keys(await locks(scheduleId))).toHaveLength(2)
  await rebuild(900)
  expect(await locks(scheduleId)).toEqual({})
})

test('a hold that ends between being read and being set again does not stay locked', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId } = await held(buyer, seatIds)
  await loseHolds(schedule)
  const endedMeanwhile = db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (result.rows.some((row) => row['reservationId'] === reservationId)) await release(buyer, reservationId)
      return result
    },
  })
  await rebuildHolds({ ...deps, db: endedMeanwhile }, { endedWithinSeconds: 0 })
  expect((await reservation(reservationId)).status).toBe('CANCELLED')
  expect(await locks(scheduleId)).toEqual({})
})

test('late money that takes a hold back between its being read as ended and its release keeps its locks', async () => {
  const { scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId, totalAmount } = await held(buyer, seatIds)
  await makeOverdue(reservationId)
  await expireHolds(deps)
  const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: totalAmount }
  let granted: unknown
  const takenBackMeanwhile = db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      const isRead = result.rows.some((row) => row['reservationId'] === reservationId)
      if (isRead) granted ??= (await begin(reservationId, { ...payment, captured: { paymentVersion: 1 } })).json()
      return result
    },
  })
  await rebuildHolds({ ...deps, db: takenBackMeanwhile }, { endedWithinSeconds: 60 })
  expect(granted).toMatchObject({ granted: true })
  expect(await locks(scheduleId)).toEqual(Object.fromEntries(seatIds.map((id) => [id, reservationId])))
})

test('the locks of a confirmed reservation are left alone, so that its seats do not look free before they are SOLD', async () => {
  const { scheduleId, buyer, seatIds } = await scene(2)
  const mine = await paying(buyer, seatIds)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  await rebuild()
  expect(await locks(scheduleId)).toEqual(Object.fromEntries(seatIds.map((id) => [id, mine.reservationId])))
})

test('members of hold_seats without a lock go, and the set itself ends after the sale', async () => {
  const { scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId } = await held(buyer, seatIds.slice(0, 1))
  await redis.client.sadd(heldSeatsKey(scheduleId), seatIds[1] ?? '')
  await rebuild()
  expect(await locks(scheduleId)).toEqual({ [seatIds[0] ?? '']: reservationId })
  const lifeMs = await redis.client.pttl(heldSeatsKey(scheduleId))
  expect(lifeMs).toBeGreaterThan(deps.paymentHoldSeconds * 1000)
})

test('so they go in a schedule of which no row tells, because a process died between lock and row', async () => {
  const { scheduleId, buyer, seatId } = await scene(1, { saleStartAt: new Date(Date.now() + 3_600_000).toISOString() })
  expect(outcome(await hold(buyer, [seatId]))).toBe('409 SALE_NOT_OPEN')
  await redis.client.sadd(heldSeatsKey(scheduleId), seatId)
  await rebuild()
  expect(await redis.client.exists(heldSeatsKey(scheduleId))).toBe(0)
})

test('so they go, once, in a schedule where nobody has held a seat since before the service was away for longer than a lock lives', async () => {
  const { scheduleId, seatId } = await scene(1)
  const notes = 'seat:schedules'
  await redis.client.zadd(notes, Math.floor(Date.now() / 1000) - 100 * deps.paymentHoldSeconds, scheduleId)
  await redis.client.sadd(heldSeatsKey(scheduleId), seatId)
  await rebuild()
  expect(await redis.client.exists(heldSeatsKey(scheduleId))).toBe(0)
  expect(await redis.client.zscore(notes, scheduleId)).toBeNull()
})

test('a seat another reservation has in Redis is not taken from it: the rows will tell who is right', async () => {
  const { schedule, scheduleId, buyer, seatId } = await scene(1)
  const mine = await held(buyer, [seatId])
  await loseHolds(schedule)
  const other = { scheduleId, reservationId: uuidv7(), seatIds: [seatId] }
  await holdSeats(redis, other)
  await rebuild()
  expect(await locks(scheduleId)).toEqual({ [seatId]: other.reservationId })
  // Once the other lock has run out it would count as one that was lost.
  await release(buyer, mine.reservationId)
})

test('more holds than fit on one page all come back', async () => {
  const { schedule, scheduleId } = await scene(1)
  const scheduleFacts = { event_id: uuidv7(), event_title: 't', artist: 'a', venue_name: 'v', hall_name: 'h' }
  const ids = Array.from({ length: 1_100 }, () => uuidv7())
  await db
    .insertInto('reservations')
    .values(
      ids.map((id) => ({
        ...scheduleFacts,
        id,
        user_id: uuidv7(),
        event_schedule_id: scheduleId,
        total_amount: 1,
        event_start_at: new Date(),
        hold_expires_at: new Date(Date.now() + 200_000),
      })),
    )
    .execute()
  const seats = ids.map((id) => ({ reservation_id: id, seat_id: uuidv7(), grade: 'S' as const }))
  await db
    .insertInto('reservation_seats')
    .values(seats.map((seat) => ({ ...seat, schedule_id: scheduleId, seat_number: 'A', price: 1 })))
    .execute()
  expect(await rebuild()).toBeGreaterThanOrEqual(1_100)
  expect(await locks(schedule.facts.scheduleId)).toEqual(
    Object.fromEntries(seats.map((seat) => [seat.seat_id, seat.reservation_id])),
  )
})

test('the job brings lost holds back by itself, and a look-back as long as a lock can live comes first', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const mine = await held(buyer, seatIds.slice(0, 1))
  const leaver = await admitOne(schedule)
  const released = await held(leaver, seatIds.slice(1))
  await release(leaver, released.reservationId)
  await loseHolds(schedule)
  const leftBehind = { scheduleId, reservationId: released.reservationId, seatIds: seatIds.slice(1) }
  await holdSeats(redis, leftBehind)
  await commitHold(redis, { ...leftBehind, remainingMs: 800_000 })
  await db
    .updateTable('reservations')
    .set({ cancelled_at: new Date(Date.now() - 600_000) })
    .where('id', '=', released.reservationId)
    .execute()
  const job = rebuildHoldsJob(deps)
  await waitUntil(async () => expect(await locks(scheduleId)).toEqual({ [seatIds[0] ?? '']: mine.reservationId }), {
    timeoutMs: 15_000,
  })
  await job.close()
  expect((await reservation(mine.reservationId)).status).toBe('PENDING')
})
