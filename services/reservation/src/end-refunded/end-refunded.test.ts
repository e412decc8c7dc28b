import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import type { TestSchedule } from '../test-neighbours.ts'
import { paymentRefunded, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'

type Release = TestSchedule['facts']['rules']['release']

const service = await testReservationService()
const { scene, admitOne, hold, held, paying, deliver, cancel, ...books } = service
const { reservation, published, traces } = books
const { passOn, waiting, offerOf } = waitingListOf(service)

/** Somebody with a ticket, and everything is sold. */
const ticket = async (release: Release = { policy: 'AT_ONCE', at: null }) => {
  const made = await scene(4, { rules: { perPersonMax: null, avoidOrphans: false, release } })
  for (const { ordinal } of made.schedule.seats) made.schedule.sold.add(ordinal)
  const mine = await paying(made.buyer, made.seatIds)
  await deliver(paymentSuccess(made.buyer, mine, mine.paymentId))
  return { ...made, mine }
}

test('a ticket whose money has gone back elsewhere ends once, and its seats are free as soon as they are passed on', async () => {
  const { schedule, scheduleId, buyer, seatIds, mine } = await ticket()
  const event = paymentRefunded(buyer, mine, mine.paymentId, mine.totalAmount)
  expect((await Promise.all([deliver(event), deliver(event)])).toSorted()).toEqual(['applied', 'repeated'])
  await deliver(paymentRefunded(buyer, mine, mine.paymentId, mine.totalAmount))
  expect(await reservation(mine.reservationId)).toMatchObject({
    status: 'CANCELLED',
    cancel_reason: 'PAYMENT_FAILED',
    refund_amount: mine.totalAmount,
    fee_amount: 0,
  })
  expect((await published(mine.reservationId)).slice(1)).toMatchObject([
    { type: 'ReservationCancelled', wasConfirmed: true, refundAmount: mine.totalAmount },
  ])
  await passOn(scheduleId)
  await held(await admitOne(schedule), seatIds)
})

test('its seats are not free before the organiser’s batch', async () => {
  const { schedule, scheduleId, buyer, seatIds, mine } = await ticket({ policy: 'BATCHED', at: '02:10' })
  await deliver(paymentRefunded(buyer, mine, mine.paymentId, mine.totalAmount))
  expect((await published(mine.reservationId)).at(-1)?.['withheldSeatIds']).toEqual(expect.arrayContaining(seatIds))
  await passOn(scheduleId)
  expect(outcome(await hold(await admitOne(schedule), seatIds))).toBe('409 SEAT_TAKEN')
})

test('its seats go to who waits for them first', async () => {
  const { schedule, scheduleId, buyer, seatIds, mine } = await ticket({ policy: 'WAITING_LIST', at: null })
  const fan = await waiting(scheduleId, { count: 4 })
  await deliver(paymentRefunded(buyer, mine, mine.paymentId, mine.totalAmount))
  expect(outcome(await hold(await admitOne(schedule), seatIds))).toBe('409 SEAT_TAKEN')
  await passOn(scheduleId)
  expect((await offerOf(fan)).seats.map((seat) => seat.seatId).toSorted()).toEqual(seatIds.toSorted())
})

test('a part of the money, another payment’s or another person’s takes no ticket away', async () => {
  const { scheduleId, buyer, mine } = await ticket()
  const before = await traces(scheduleId)
  await deliver(paymentRefunded(buyer, mine, mine.paymentId, mine.totalAmount - 1))
  await deliver(paymentRefunded(buyer, mine, uuidv7(), mine.totalAmount))
  await deliver(paymentRefunded({ ...buyer, userId: uuidv7() }, mine, mine.paymentId, mine.totalAmount))
  expect(await traces(scheduleId)).toEqual(before)
})

test('the refund of a ticket its owner has given back changes nothing', async () => {
  const { scheduleId, buyer, mine } = await ticket()
  expect(outcome(await cancel(buyer, mine.reservationId))).toBe('200')
  const before = await traces(scheduleId)
  await deliver(paymentRefunded(buyer, mine, mine.paymentId, mine.totalAmount))
  expect(await traces(scheduleId)).toEqual(before)
})

test('a reservation whose payment is over without having confirmed it ends, whatever it costs, and its seats are free', async () => {
  const { schedule, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  await deliver(paymentRefunded(buyer, mine, uuidv7(), mine.totalAmount))
  expect(await reservation(mine.reservationId)).toMatchObject({ status: 'PENDING' })
  await deliver(paymentRefunded(buyer, mine, mine.paymentId, mine.totalAmount - 1))
  expect(await reservation(mine.reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'PAYMENT_FAILED' })
  expect(await published(mine.reservationId)).toMatchObject([
    { type: 'ReservationCancelled', wasConfirmed: false, refundAmount: 0 },
  ])
  await held(await admitOne(schedule), seatIds)
})
