import { commitHold, holdKey, holdSeats } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { paymentFailed, testReservationService } from '../test-reservation-service.ts'

const { db, redis, relay, scene, admit, admitOne, hold, held, paying, ...books } = await testReservationService()
const { reservation, published, traces, locks, makeOverdue } = books

test('a hold whose time is over is taken over by the next buyer, before any sweeper and while Redis still has it', async () => {
  const { schedule, scheduleId, buyer, seatIds, seatId } = await scene(4)
  const old = await held(buyer, seatIds.slice(0, 2))
  await makeOverdue(old.reservationId)
  const wakes = relay.wakes
  const next = await held(await admitOne(schedule), [seatId])
  expect(await reservation(old.reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'HOLD_EXPIRED' })
  expect(await published(old.reservationId)).toMatchObject([
    { type: 'ReservationCancelled', reason: 'HOLD_EXPIRED', refundAmount: 0, wasConfirmed: false },
  ])
  expect(relay.wakes).toBeGreaterThan(wakes)
  expect(await locks(scheduleId)).toEqual({ [seatId]: next.reservationId })
})

/** What the last of them meets depends on who was faster, so that one round shows little. */
const rounds = 12

test('of many who take over one overdue hold one succeeds, and the others are told that the seat is taken', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const { schedule, scheduleId, buyer, seatId } = await scene(1)
    const old = await held(buyer, [seatId])
    await makeOverdue(old.reservationId)
    const outcomes = (await Promise.all((await admit(schedule, 20)).map((other) => hold(other, [seatId])))).map(outcome)
    expect(outcomes.filter((one) => one === '201')).toHaveLength(1)
    expect(outcomes.filter((one) => one !== '201' && one !== '409 SEAT_TAKEN')).toEqual([])
    const { seats, events } = await traces(scheduleId)
    expect(seats.filter((seat) => seat.active)).toHaveLength(1)
    expect(events).toHaveLength(1)
  }
})

test('the owner of an overdue hold may hold again, the same seats or others', async () => {
  const { buyer, seatIds } = await scene(4)
  const first = await held(buyer, seatIds.slice(0, 2))
  await makeOverdue(first.reservationId)
  const second = await held(buyer, seatIds.slice(0, 2))
  expect(second.reservationId).not.toBe(first.reservationId)
  await makeOverdue(second.reservationId)
  await held(buyer, seatIds.slice(2))
  expect(await locks(buyer.scheduleId)).not.toHaveProperty(seatIds[0] ?? '')
})

test('an overdue hold whose payment has begun is nobody’s to take over', async () => {
  const { schedule, buyer, seatId } = await scene(1)
  const mine = await paying(buyer, [seatId])
  await makeOverdue(mine.reservationId)
  expect(outcome(await hold(await admitOne(schedule), [seatId]))).toBe('409 SEAT_TAKEN')
  expect(await reservation(mine.reservationId)).toMatchObject({ status: 'PENDING', payment_id: mine.paymentId })
})

test('a payment that began in the last moment and commits while the hold is being taken over keeps it', async () => {
  const { schedule, buyer, seatId } = await scene(1)
  const mine = await held(buyer, [seatId])
  await makeOverdue(mine.reservationId)
  const other = await admitOne(schedule)
  const [begun, committing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const paymentId = uuidv7()
  const payment = db.transaction().execute(async (trx) => {
    await trx
      .updateTable('reservations')
      .set({ payment_id: paymentId, payment_started_at: sql<Date>`now()` })
      .where('id', '=', mine.reservationId)
      .execute()
    begun.resolve()
    await committing.promise
  })
  await begun.promise
  const takeOver = hold(other, [seatId])
  await waitUntil(async () => {
    const { rows } = await sql`
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db)
    return rows.length > 0
  })
  committing.resolve()
  await payment
  expect(outcome(await takeOver)).toBe('409 SEAT_TAKEN')
  expect(await reservation(mine.reservationId)).toMatchObject({ status: 'PENDING', payment_id: paymentId })
})

test('a lock that a process left behind after the reservation had ended does not keep the seat from the next buyer', async () => {
  const { schedule, scheduleId, buyer, seatId } = await scene(1)
  const { reservationId } = await held(buyer, [seatId])
  await db
    .updateTable('reservations')
    .set({ status: 'CANCELLED', cancelled_at: new Date(), cancel_reason: 'PAYMENT_FAILED' })
    .where('id', '=', reservationId)
    .execute()
  await db.updateTable('reservation_seats').set({ active: false }).where('reservation_id', '=', reservationId).execute()
  expect(await redis.client.get(holdKey(scheduleId, seatId))).toBe(reservationId)
  expect(outcome(await hold(await admitOne(schedule), [seatId]))).toBe('201')
})

test('a lock of a reservation that lives is not dropped, also where its row does not have the seat', async () => {
  const { schedule, scheduleId, buyer, seatIds, seatId } = await scene(2)
  const { reservationId } = await held(buyer, [seatId])
  const second = seatIds.slice(1)
  await holdSeats(redis, { scheduleId, reservationId, seatIds: second })
  await commitHold(redis, { scheduleId, reservationId, seatIds: second, remainingMs: 60_000 })
  expect(outcome(await hold(await admitOne(schedule), second))).toBe('503 SEATS_UNDECIDED')
  expect(await locks(scheduleId)).toEqual(Object.fromEntries(seatIds.map((id) => [id, reservationId])))
})

test('a lock without any row is not dropped: its hold may be in the making', async () => {
  const { scheduleId, buyer, seatId } = await scene(1)
  const unknown = { scheduleId, reservationId: uuidv7(), seatIds: [seatId] }
  await holdSeats(redis, unknown)
  await commitHold(redis, { ...unknown, remainingMs: 60_000 })
  expect(outcome(await hold(buyer, [seatId]))).toBe('503 SEATS_UNDECIDED')
  expect(await locks(scheduleId)).toEqual({ [seatId]: unknown.reservationId })
})

test('a seat given back by a failed payment is free at once', async () => {
  const { schedule, buyer, seatId } = await scene(1)
  const mine = await paying(buyer, [seatId])
  await books.deliver(paymentFailed(buyer, mine, mine.paymentId))
  expect(outcome(await hold(await admitOne(schedule), [seatId]))).toBe('201')
})
