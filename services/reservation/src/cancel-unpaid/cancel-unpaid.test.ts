import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { paymentFailed, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'

const service = await testReservationService()
const { db, scene, admitOne, held, change, begin, paying, deliver, ...books } = service
const { reservation, published, traces, locks, loseHolds } = books
const { soldOut, giveBack, waiting, passOn, offerOf, placeOf, lapse } = waitingListOf(service)

const databaseTime = async () => {
  const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(db)
  return rows[0]?.now as Date
}

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

test('the failure of a payment that was opened before the seats were exchanged, there and back, does not end the hold', async () => {
  const { buyer, seatIds } = await scene(2)
  const [first, second] = seatIds as [string, string]
  const mine = await held(buyer, [first])
  const before = await databaseTime()
  for (const seatId of [second, first]) expect((await change(buyer, mine.reservationId, [seatId])).statusCode).toBe(200)
  await deliver(paymentFailed(buyer, mine, uuidv7(), before))
  expect(await reservation(mine.reservationId)).toMatchObject({ status: 'PENDING' })
  // That of one opened since ends it.
  const after = new Date((await databaseTime()).getTime() + 1)
  await deliver(paymentFailed(buyer, mine, uuidv7(), after))
  expect(await reservation(mine.reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'PAYMENT_FAILED' })
})

test('a declined card does not end what a waiting list has offered: it can be paid anew until the offer ends', async () => {
  const { scheduleId, ticket } = await soldOut()
  const who = await waiting(scheduleId)
  await giveBack(ticket())
  await passOn(scheduleId)
  const offer = await offerOf(who)
  const mine = {
    ...offer,
    status: 'PENDING',
    holdExpiresAt: offer.expiresAt,
    paymentToken: '',
    paymentTokenExpiresAt: '',
  }
  for (const isPinned of [true, false]) {
    const paymentId = uuidv7()
    if (isPinned) await begin(offer.reservationId, { paymentId, userId: who.userId, amount: offer.totalAmount })
    await deliver(paymentFailed(who, mine, paymentId))
    expect(await reservation(offer.reservationId)).toMatchObject({ status: 'PENDING', payment_id: null })
    expect(await placeOf(who)).toMatchObject({ status: 'OFFERED', offer: { seats: offer.seats } })
  }
  const next = await waiting(scheduleId)
  await lapse(offer.reservationId)
  await passOn(scheduleId)
  expect(await placeOf(who)).toMatchObject({ status: 'EXPIRED' })
  expect((await offerOf(next)).seats).toEqual(offer.seats)
})

test('a declined card ends an offer whose time is over, as it ends any hold', async () => {
  const { scheduleId, ticket } = await soldOut()
  const who = await waiting(scheduleId)
  await giveBack(ticket())
  await passOn(scheduleId)
  const offer = await offerOf(who)
  const paymentId = uuidv7()
  await begin(offer.reservationId, { paymentId, userId: who.userId, amount: offer.totalAmount })
  await books.makeOverdue(offer.reservationId)
  const mine = {
    ...offer,
    status: 'PENDING',
    holdExpiresAt: offer.expiresAt,
    paymentToken: '',
    paymentTokenExpiresAt: '',
  }
  await deliver(paymentFailed(who, mine, paymentId))
  expect(await reservation(offer.reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'PAYMENT_FAILED' })
  expect(await placeOf(who)).toMatchObject({ status: 'EXPIRED' })
})
