import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import type { ReservationAnswer } from '../domain/describe-reservation.ts'
import { outcome } from '../test-buyers.ts'
import { paymentSuccess, scheduleUpdated, testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'

const service = await testReservationService()
const { scene, admitOne, paying, cancel, read, deliver, traces } = service
const dayMs = 86_400_000
const seoulMs = 9 * 3_600_000

/** An hour before midnight in Seoul, so many days from now. */
const evening = (days: number) =>
  new Date((Math.floor((Date.now() + seoulMs) / dayMs) + days + 1) * dayMs - seoulMs - 3_600_000).toISOString()

/** Somebody with a ticket of a show in so many days. */
const ticketHolder = async (days: number) => {
  const { schedule, buyer, seatIds } = await scene(4, { eventStartAt: evening(days) })
  const mine = await paying(buyer, seatIds.slice(0, 2))
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  const shown = async () => (await read(buyer, `/reservations/${mine.reservationId}`)).json<ReservationAnswer>()
  const move = (eventStartAt: string, scheduleVersion: number) =>
    deliver(scheduleUpdated(schedule.facts, { eventStartAt, scheduleVersion }))
  return { schedule, buyer, seatIds, mine, shown, move }
}

test('a show moved to today is shown as today’s, and nothing of it is taken back', async () => {
  const { buyer, mine, shown, move } = await ticketHolder(40)
  expect((await shown()).cancellation).toMatchObject({ feeNow: 0, refundNow: mine.totalAmount })
  await move(evening(0), 2)
  expect(await shown()).toMatchObject({ scheduleDate: evening(0), cancellation: null })
  const { list } = (await read(buyer, '/reservations')).json<{ list: ReservationAnswer[] }>()
  expect(list).toMatchObject([{ scheduleDate: evening(0), cancellation: null }])
  expect(outcome(await cancel(buyer, mine.reservationId))).toBe('409 SAME_DAY_CANCEL')
  expect((await shown()).status).toBe('CONFIRMED')
})

test('a postponed show is given back for everything that was paid, until the deadline of its new date', async () => {
  const { buyer, mine, shown, move } = await ticketHolder(2)
  expect((await shown()).cancellation).toMatchObject({ feeNow: mine.totalAmount * 0.3 })
  await move(evening(60), 2)
  const { scheduleDate, cancellation } = await shown()
  expect([scheduleDate, cancellation?.feeNow, cancellation?.refundNow]).toEqual([evening(60), 0, mine.totalAmount])
  const untilShowMs = Date.parse(evening(60)) - Date.parse(cancellation?.allowedUntil ?? '')
  expect(untilShowMs).toBeGreaterThan(dayMs)
  expect(untilShowMs).toBeLessThan(2 * dayMs)
  expect((await cancel(buyer, mine.reservationId)).json()).toMatchObject({ refundAmount: mine.totalAmount, fee: 0 })
})

test('what is told late of an older version, again, or without a time changes nothing', async () => {
  const { schedule, shown, move } = await ticketHolder(20)
  await move(evening(30), 3)
  const before = await shown()
  expect(before.scheduleDate).toBe(evening(30))
  await move(evening(20), 2)
  await move(evening(25), 3)
  await deliver(scheduleUpdated(schedule.facts, {}))
  await deliver(scheduleUpdated(schedule.facts, { eventStartAt: evening(25) }))
  expect(await shown()).toEqual(before)
})

test('a show that is moved back has its old terms again', async () => {
  const { mine, shown, move } = await ticketHolder(2)
  await move(evening(60), 2)
  await move(evening(2), 3)
  expect(await shown()).toMatchObject({ scheduleDate: evening(2), cancellation: { feeNow: mine.totalAmount * 0.3 } })
})

test('who buys for the new date has the terms of anybody, and so has who bought for another show', async () => {
  const { schedule, move } = await ticketHolder(40)
  const other = await ticketHolder(5)
  await move(evening(5), 2)
  const late = await scene(4, { ...schedule.facts, scheduleId: uuidv7(), eventStartAt: evening(5) })
  await deliver(scheduleUpdated(late.schedule.facts, { eventStartAt: evening(5), scheduleVersion: 2 }))
  const buyer = await admitOne(late.schedule)
  const bought = await paying(buyer, late.seatIds.slice(0, 1))
  await deliver(paymentSuccess(buyer, bought, bought.paymentId))
  const { cancellation } = (await read(buyer, `/reservations/${bought.reservationId}`)).json<ReservationAnswer>()
  expect(cancellation?.feeNow).toBe(bought.totalAmount * 0.2)
  expect((await other.shown()).cancellation?.feeNow).toBe(other.mine.totalAmount * 0.2)
})

test('a hold written while the news is applied has the new date: there is no moment between', async () => {
  for (let round = 0; round < 6; round += 1) {
    const { schedule, buyer, seatIds } = await scene(2, { eventStartAt: evening(40) })
    const [mine] = await Promise.all([
      paying(buyer, seatIds),
      deliver(scheduleUpdated(schedule.facts, { eventStartAt: evening(50), scheduleVersion: 2 })),
    ])
    const { scheduleDate } = (await read(buyer, `/reservations/${mine.reservationId}`)).json<ReservationAnswer>()
    expect(scheduleDate).toBe(evening(50))
  }
})

test('places in the waiting list show the new date, and rows stay as they were sold', async () => {
  const { soldOut, waiting, placeOf } = waitingListOf(service)
  const { schedule, scheduleId } = await soldOut()
  const place = await waiting(scheduleId)
  const before = await traces(scheduleId)
  await deliver(scheduleUpdated(schedule.facts, { eventStartAt: evening(90), scheduleVersion: 2 }))
  expect((await placeOf(place)).scheduleDate).toBe(evening(90))
  expect(await traces(scheduleId)).toEqual(before)
})
