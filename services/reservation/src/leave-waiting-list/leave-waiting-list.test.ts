import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'

const service = await testReservationService()
const { relay, begin, reservation, published } = service
const { soldOut, giveBack, waiting, leave, placeOf, offerOf, passOn, lapse } = waitingListOf(service)
const statusesOf = (places: { userId: string; entryId: string }[]) =>
  Promise.all(places.map(async (place) => (await placeOf(place)).status))

test('who declines an offer has it no more, it is told, and the place is over', async () => {
  const { scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  await giveBack(ticket())
  await passOn(scheduleId)
  const { reservationId } = await offerOf(fan)
  const wakes = relay.wakes
  const answer = await leave(fan)
  expect([outcome(answer), answer.body]).toEqual(['204', ''])
  expect(relay.wakes).toBe(wakes + 1)
  expect(await reservation(reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'HOLD_RELEASED' })
  expect((await published(reservationId)).at(-1)).toMatchObject({
    type: 'ReservationCancelled',
    reason: 'HOLD_RELEASED',
    withheldSeatIds: ticket().seatIds,
  })
  expect(await placeOf(fan)).toMatchObject({ status: 'LEFT', rank: null, offer: null })
})

test('once its payment has begun an offer is not declined, and declining twice is declining once', async () => {
  const { scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  await giveBack(ticket(0))
  await passOn(scheduleId)
  const { reservationId, totalAmount } = await offerOf(fan)
  const next = await waiting(scheduleId)
  await begin(reservationId, { paymentId: uuidv7(), userId: fan.userId, amount: totalAmount })
  expect(outcome(await leave(fan))).toBe('409 PAYMENT_IN_PROGRESS')
  expect((await reservation(reservationId)).status).toBe('PENDING')
  expect((await Promise.all([leave(next), leave(next)])).map(outcome)).toEqual(['204', '204'])
  expect(await statusesOf([next])).toEqual(['LEFT'])
})

test('a place that is over stays as it is', async () => {
  const { scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  await giveBack(ticket())
  await passOn(scheduleId)
  await lapse((await offerOf(fan)).reservationId)
  expect(outcome(await leave(fan))).toBe('204')
  expect(await statusesOf([fan])).toEqual(['EXPIRED'])
})

test('somebody else’s place is as unknown as one that never was', async () => {
  const { scheduleId } = await soldOut()
  const fan = await waiting(scheduleId)
  const stranger = uuidv7()
  for (const entryId of [fan.entryId, uuidv7()])
    expect(outcome(await leave({ userId: stranger, entryId }))).toBe('404 WAITING_ENTRY_NOT_FOUND')
  expect(outcome(await leave({ userId: stranger, entryId: 'no-id' }))).toBe('400 VALIDATION_FAILED')
  expect(await statusesOf([fan])).toEqual(['WAITING'])
})
