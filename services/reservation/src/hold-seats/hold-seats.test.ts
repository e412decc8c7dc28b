import { databaseNow } from '@ticket-queue/database'
import { readQueueToken } from '@ticket-queue/lua/queue'
import { holdKey } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { type HoldAnswer, outcome } from '../test-buyers.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'

const { db, deps, redis, relay, scene, admitOne, hold, holdBest, held, paying, deliver, ...books } =
  await testReservationService()
const { reservation, traces, locks, makeOverdue, loseHolds } = books

test('a hold gives a PENDING reservation of the catalogue’s seats and prices for five minutes, and a payment token', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene()
  const before = await databaseNow(db)
  const response = await hold(buyer, seatIds)
  expect(outcome(response)).toBe('201')
  const answer = response.json<HoldAnswer>()
  expect(answer).toMatchObject({
    status: 'PENDING',
    totalAmount: 198_000 + 176_000 + 154_000 + 132_000,
    seats: schedule.seats.map(({ id, seatNumber, grade, price }) => ({ seatId: id, seatNumber, grade, price })),
  })
  const lifeSeconds = (Date.parse(answer.holdExpiresAt) - before.getTime()) / 1_000
  expect(lifeSeconds).toBeGreaterThanOrEqual(300)
  expect(lifeSeconds).toBeLessThan(310)
  expect(await readQueueToken(redis, answer.paymentToken)).toMatchObject({
    type: 'PAYMENT',
    userId: buyer.userId,
    scheduleId,
    reservationId: answer.reservationId,
  })
})

test('seats and prices are those of the layout on sale, whoever has asked for them before they were changed', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene()
  await deps.catalogue.inventory(scheduleId)
  await deps.seatOffers.current(scheduleId)
  schedule.seats = schedule.seats.map((seat) => ({ ...seat, id: uuidv7(), price: 300_000 }))
  schedule.facts = { ...schedule.facts, layoutVersion: 2 }
  await waitUntil(async () => (await deps.catalogue.schedule(scheduleId))?.layoutVersion === 2, { timeoutMs: 10_000 })
  expect(outcome(await hold(buyer, seatIds.slice(0, 1)))).toBe('400 SEAT_UNKNOWN')
  expect((await held(buyer, [schedule.seats[0]?.id ?? ''])).totalAmount).toBe(300_000)
  const best = await holdBest(await admitOne(schedule), { count: 1 })
  expect([outcome(best), best.json<HoldAnswer>().totalAmount]).toEqual(['201', 300_000])
})

test('row, active seats and locks agree, and the locks last as long as the hold', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId } = await held(buyer, seatIds)
  expect(await reservation(reservationId)).toMatchObject({
    user_id: buyer.userId,
    event_id: schedule.facts.eventId,
    event_schedule_id: scheduleId,
    total_amount: 198_000 + 176_000,
    event_title: schedule.facts.eventTitle,
    artist: schedule.facts.artist,
    venue_name: schedule.facts.venueName,
    hall_name: schedule.facts.hallName,
    event_start_at: new Date(schedule.facts.eventStartAt),
    payment_id: null,
  })
  const left = await traces(scheduleId)
  expect(left.reservations).toMatchObject([{ id: reservationId, status: 'PENDING' }])
  expect(left.seats).toEqual(seatIds.map((id) => ({ reservation_id: reservationId, seat_id: id, active: true })))
  expect(left.locks).toEqual(Object.fromEntries(seatIds.map((id) => [id, reservationId])))
  for (const seatId of seatIds) {
    const lifeMs = await redis.client.pttl(holdKey(scheduleId, seatId))
    expect(lifeMs).toBeGreaterThan(280_000)
    expect(lifeMs).toBeLessThanOrEqual(300_000)
  }
})

test('repeating a hold gives the same reservation, token and end, whatever the order of the seats', async () => {
  const { scheduleId, buyer, seatIds } = await scene()
  const first = await held(buyer, seatIds)
  const before = await traces(scheduleId)
  expect(await held(buyer, seatIds)).toEqual(first)
  expect(await held(buyer, seatIds.toReversed())).toEqual(first)
  expect(await traces(scheduleId)).toEqual(before)
})

test('a repeat after Redis has lost the locks sets them again', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const first = await held(buyer, seatIds)
  await loseHolds(schedule)
  expect(await held(buyer, seatIds)).toEqual(first)
  expect(await locks(scheduleId)).toEqual(Object.fromEntries(seatIds.map((id) => [id, first.reservationId])))
})

test('a repeat while the payment is under way neither ends the hold nor shortens its locks', async () => {
  const { scheduleId, buyer, seatId } = await scene()
  const { reservationId } = await paying(buyer, [seatId])
  await makeOverdue(reservationId)
  expect((await held(buyer, [seatId])).reservationId).toBe(reservationId)
  expect(await redis.client.pttl(holdKey(scheduleId, seatId))).toBeGreaterThan(600_000)
})

test('a person may hold again after the first reservation has been paid', async () => {
  const { buyer, seatIds } = await scene(8)
  const first = await paying(buyer, seatIds.slice(0, 4))
  await deliver(paymentSuccess(buyer, first, first.paymentId))
  expect(outcome(await hold(buyer, seatIds.slice(3, 5)))).toBe('409 SEAT_TAKEN')
  expect(outcome(await hold(buyer, seatIds.slice(4)))).toBe('201')
})

test('a hold that ends nothing does not wake the relay', async () => {
  const { buyer, seatIds } = await scene()
  const before = relay.wakes
  await held(buyer, seatIds)
  expect(relay.wakes).toBe(before)
})
