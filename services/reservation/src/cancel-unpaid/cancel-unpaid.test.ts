import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { paymentFailed, paymentSuccess, testReservationService } from '../test-reservation-service.ts'

const { scene, admitOne, held, paying, deliver, ...books } = await testReservationService()
const { reservation, published, traces, locks, loseHolds } = books

test('a failed payment ends its reservation once and frees the seats', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  const event = paymentFailed(buyer, mine, mine.paymentId)
  expect((await Promise.all([deliver(event), deliver(event)])).toSorted()).toEqual(['applied', 'repeated'])
  await deliver(paymentFailed(buyer, mine, mine.paymentId))
  expect(await reservation(mine.reservationId)).toMatchObject({
    status: 'CANCELLED',
    cancel_reason: 'PAYMENT_FAILED',
    refund_amount: 0,
  })
  expect(await published(mine.reservationId)).toMatchObject([
    { type: 'ReservationCancelled', reason: 'PAYMENT_FAILED', refundAmount: 0, wasConfirmed: false },
  ])
  expect(await locks(scheduleId)).toEqual({})
  await held(await admitOne(schedule), seatIds)
})

test('a payment that failed before it began ends the hold too', async () => {
  const { buyer, seatIds } = await scene()
  const mine = await held(buyer, seatIds)
  await deliver(paymentFailed(buyer, mine, uuidv7()))
  expect(await reservation(mine.reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'PAYMENT_FAILED' })
})

test('the failure of another payment, of somebody else’s or of an unknown reservation changes nothing', async () => {
  const { scheduleId, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  const before = await traces(scheduleId)
  await deliver(paymentFailed(buyer, mine, uuidv7()))
  await deliver(paymentFailed({ ...buyer, userId: uuidv7() }, mine, mine.paymentId))
  await deliver(paymentFailed(buyer, { ...mine, reservationId: uuidv7() }, mine.paymentId))
  expect(await traces(scheduleId)).toEqual(before)
})

test('a failure told after the success does not take the ticket away', async () => {
  const { scheduleId, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  const before = await traces(scheduleId)
  await deliver(paymentFailed(buyer, mine, mine.paymentId))
  expect(await traces(scheduleId)).toEqual(before)
})

test('a failure told late does not free what the next buyer holds', async () => {
  const { schedule, scheduleId, buyer, seatId } = await scene(1)
  const mine = await paying(buyer, [seatId])
  await loseHolds(schedule)
  await deliver(paymentFailed(buyer, mine, mine.paymentId))
  const next = await held(await admitOne(schedule), [seatId])
  await deliver(paymentFailed(buyer, mine, mine.paymentId))
  expect(await locks(scheduleId)).toEqual({ [seatId]: next.reservationId })
})
