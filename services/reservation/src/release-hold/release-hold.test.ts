import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { asPerson, outcome } from '../test-buyers.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'

const { relay, scene, admitOne, hold, held, paying, release, deliver, ...books } = await testReservationService()
const { reservation, published, traces, locks, makeOverdue } = books

test('released seats are free for the next buyer at once, and the cancellation is published', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId, totalAmount } = await held(buyer, seatIds)
  const wakes = relay.wakes
  const response = await release(buyer, reservationId)
  expect(outcome(response)).toBe('204')
  expect(response.body).toBe('')
  expect(await reservation(reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'HOLD_RELEASED' })
  expect(await locks(scheduleId)).toEqual({})
  const [event, ...more] = await published(reservationId)
  expect(more).toEqual([])
  expect(event).toMatchObject({
    type: 'ReservationCancelled',
    reason: 'HOLD_RELEASED',
    wasConfirmed: false,
    totalAmount,
    refundAmount: 0,
    feeAmount: 0,
    scheduleId,
    userId: buyer.userId,
  })
  expect(event?.seatIds.toSorted()).toEqual(seatIds.toSorted())
  expect(relay.wakes).toBe(wakes + 1)
  await held(await admitOne(schedule), seatIds)
})

test('it needs no queue token: whose turn is over can still give seats back', async () => {
  const { buyer, seatIds } = await scene()
  const { reservationId } = await held(buyer, seatIds)
  expect(outcome(await release({ headers: asPerson(buyer.userId) }, reservationId))).toBe('204')
})

test('releasing twice, or what has ended by itself, is one release', async () => {
  const { buyer, seatIds } = await scene()
  const { reservationId } = await held(buyer, seatIds)
  const both = await Promise.all([release(buyer, reservationId), release(buyer, reservationId)])
  expect(both.map(outcome)).toEqual(['204', '204'])
  expect(outcome(await release(buyer, reservationId))).toBe('204')
  expect(await published(reservationId)).toHaveLength(1)

  const next = await held(buyer, seatIds)
  await makeOverdue(next.reservationId)
  await held(buyer, seatIds)
  expect(outcome(await release(buyer, next.reservationId))).toBe('204')
  expect(await published(next.reservationId)).toMatchObject([{ reason: 'HOLD_EXPIRED' }])
})

test('a late repeat of a release does not free what the next buyer holds', async () => {
  const { schedule, scheduleId, buyer, seatId } = await scene(1)
  const { reservationId } = await held(buyer, [seatId])
  await release(buyer, reservationId)
  const next = await held(await admitOne(schedule), [seatId])
  await release(buyer, reservationId)
  expect(await locks(scheduleId)).toEqual({ [seatId]: next.reservationId })
})

test('somebody else’s hold and one that never was are the same 404, and stay untouched', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene()
  const { reservationId } = await held(buyer, seatIds)
  const before = await traces(scheduleId)
  const thief = await admitOne(schedule)
  const bodies = [await release(thief, reservationId), await release(thief, uuidv7())].map((response) => {
    expect(outcome(response)).toBe('404 RESERVATION_NOT_FOUND')
    const { instance: _, traceId: __, timestamp: ___, ...body } = response.json()
    return body
  })
  expect(bodies[0]).toEqual(bodies[1])
  expect(outcome(await release(thief, 'not-an-id'))).toBe('400 VALIDATION_FAILED')
  expect(await traces(scheduleId)).toEqual(before)
})

test('once a payment has begun the seats are not given back, and after it not either', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  const before = await traces(scheduleId)
  expect(outcome(await release(buyer, mine.reservationId))).toBe('409 PAYMENT_IN_PROGRESS')
  expect(await traces(scheduleId)).toEqual(before)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  expect(outcome(await release(buyer, mine.reservationId))).toBe('409 NOT_PENDING')
  expect(outcome(await hold(await admitOne(schedule), seatIds))).toBe('409 SEAT_TAKEN')
})

test('a release and a payment that begin at once: one of them wins, never both', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { buyer, seatIds } = await scene()
    const { reservationId, totalAmount } = await held(buyer, seatIds)
    const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: totalAmount }
    const [released, began] = await Promise.all([release(buyer, reservationId), books.begin(reservationId, payment)])
    const { granted } = began.json<{ granted: boolean }>()
    expect(released.statusCode).toBe(granted ? 409 : 204)
    expect(await reservation(reservationId)).toMatchObject({ status: granted ? 'PENDING' : 'CANCELLED' })
  }
})
