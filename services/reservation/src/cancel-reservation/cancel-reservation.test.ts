import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import type { ReservationAnswer } from '../domain/describe-reservation.ts'
import { asPerson, type Buyer, outcome } from '../test-buyers.ts'
import { eventCancelled, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { ticketsOf } from '../test-tickets.ts'

const service = await testReservationService()
const { db, relay, scene, admitOne, hold, held, paying, cancel, change, read, deliver } = service
const { reservation, published, traces, locks, makeOverdue } = service

/** Somebody with a ticket; booking and show are moved so many days, and the show to an hour in Seoul. */
const ticketHolder = async (days: { booked?: number; showIn?: number } = {}) => {
  const { schedule, scheduleId, eventId, buyer, seatIds } = await scene(4)
  const mine = await paying(buyer, seatIds.slice(0, 2))
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  await db
    .updateTable('reservations')
    .set({
      confirmed_at: sql<Date>`now() - make_interval(days => ${days.booked ?? 0})`,
      event_start_at: sql<Date>`(date_trunc('day', now() AT TIME ZONE 'Asia/Seoul')
        + make_interval(days => ${days.showIn ?? 60}, hours => 19)) AT TIME ZONE 'Asia/Seoul'`,
    })
    .where('id', '=', mine.reservationId)
    .execute()
  return { schedule, scheduleId, eventId, buyer, seatIds, mine }
}
const shown = async (buyer: Pick<Buyer, 'headers'>, id: string) =>
  (await read(buyer, `/reservations/${id}`)).json<ReservationAnswer>()

test.each([
  ['within seven days', { booked: 7 }, 0],
  ['after them', { booked: 8 }, 8_000],
  ['at D-9, though just booked', { showIn: 9 }, 37_400],
  ['at D-6', { booked: 20, showIn: 6 }, 74_800],
  ['at D-2', { booked: 20, showIn: 2 }, 112_200],
])('the fee told before is the fee kept, and what is published: %s', async (_when, days, fee) => {
  const { schedule, scheduleId, buyer, mine } = await ticketHolder(days)
  const { cancellation } = await shown(buyer, mine.reservationId)
  const refundAmount = mine.totalAmount - fee
  expect(cancellation).toMatchObject({ feeNow: fee, refundNow: refundAmount })
  const wakes = relay.wakes
  const answer = await cancel(buyer, mine.reservationId)
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    { id: mine.reservationId, status: 'CANCELLED', refundAmount, fee },
  ])
  expect(await reservation(mine.reservationId)).toMatchObject({
    status: 'CANCELLED',
    cancel_reason: 'USER_CANCELLED',
    refund_amount: refundAmount,
    fee_amount: fee,
  })
  expect((await published(mine.reservationId)).slice(1)).toMatchObject([
    {
      type: 'ReservationCancelled',
      reason: 'USER_CANCELLED',
      wasConfirmed: true,
      totalAmount: mine.totalAmount,
      refundAmount,
      feeAmount: fee,
    },
  ])
  expect(relay.wakes).toBe(wakes + 1)
  expect(await locks(scheduleId)).toEqual({})
  expect((await shown(buyer, mine.reservationId)).cancellation).toBeNull()
  await held(
    await admitOne(schedule),
    mine.seats.map((seat) => seat.seatId),
  )
})

test('lists tell the fee, too, and an unpaid or ended reservation has none', async () => {
  const { buyer, mine } = await ticketHolder({ showIn: 9 })
  const list = async () => (await read(buyer, '/reservations')).json<{ list: ReservationAnswer[] }>().list
  expect(await list()).toMatchObject([{ cancellation: { feeNow: 37_400, refundNow: mine.totalAmount - 37_400 } }])
  await cancel(buyer, mine.reservationId)
  expect(await list()).toMatchObject([{ cancellation: null }])
  const { buyer: other, seatIds } = await scene()
  expect((await shown(other, (await held(other, seatIds)).reservationId)).cancellation).toBeNull()
})

test.each([
  ['on the day of the show', { showIn: 0 }, '409 SAME_DAY_CANCEL'],
  ['after the show', { showIn: -1 }, '409 CANCEL_CLOSED'],
])('refused %s, with the time it was allowed until, and nothing changes', async (_when, days, refusal) => {
  const { scheduleId, buyer, mine } = await ticketHolder(days)
  const before = await traces(scheduleId)
  expect((await shown(buyer, mine.reservationId)).cancellation).toBeNull()
  const answer = await cancel(buyer, mine.reservationId)
  expect(outcome(answer)).toBe(refusal)
  expect(Date.parse(answer.json<{ allowedUntil: string }>().allowedUntil)).toBeLessThan(Date.now())
  expect(await traces(scheduleId)).toEqual(before)
})

test('a ticket somebody has come in with is not given back, nor are those bought with it, and nothing changes until the show is called off', async () => {
  const { bought, codeOf, admit } = ticketsOf(service)
  const ticket = await bought(2)
  const { buyer, reservationId, scheduleId, schedule } = ticket
  expect((await shown(buyer, reservationId)).cancellation).toMatchObject({ feeNow: 0 })
  expect(outcome(await admit({ code: codeOf(ticket), scheduleId }))).toBe('200')
  const before = await traces(scheduleId)
  expect((await shown(buyer, reservationId)).cancellation).toBeNull()
  expect(outcome(await cancel(buyer, reservationId))).toBe('409 TICKET_USED')
  expect(await traces(scheduleId)).toEqual(before)
  await deliver(eventCancelled(schedule.facts))
  const { cancellation } = await shown(buyer, reservationId)
  expect(cancellation).toMatchObject({ feeNow: 0 })
  const answer = (await cancel(buyer, reservationId)).json()
  expect(answer).toMatchObject({ fee: 0, refundAmount: cancellation?.refundNow })
})

test('whoever names the fee that was told pays no higher one: it is refused with what it is now', async () => {
  const { scheduleId, buyer, mine } = await ticketHolder({ booked: 8 })
  const before = await traces(scheduleId)
  const refused = await cancel(buyer, mine.reservationId, '?fee=0')
  expect([outcome(refused), refused.json()]).toEqual([
    '409 FEE_CHANGED',
    expect.objectContaining({ fee: 8_000, refundAmount: mine.totalAmount - 8_000 }),
  ])
  for (const query of ['?fee=-1', '?fee=x', '?fee=0.5'])
    expect(outcome(await cancel(buyer, mine.reservationId, query))).toBe('400 VALIDATION_FAILED')
  expect(await traces(scheduleId)).toEqual(before)
  const agreed = await cancel(buyer, mine.reservationId, '?fee=8000')
  expect(agreed.json()).toMatchObject({ status: 'CANCELLED', fee: 8_000 })
  const cheaper = await ticketHolder()
  expect((await cancel(cheaper.buyer, cheaper.mine.reservationId, '?fee=8000')).json()).toMatchObject({ fee: 0 })
})

test('a ticket keeps the terms it was sold under', async () => {
  const { buyer, mine } = await ticketHolder()
  expect(await reservation(mine.reservationId)).toMatchObject({ cancellation_policy: 'concert-1' })
  await db
    .updateTable('reservations')
    .set({ cancellation_policy: 'terms-nobody-knows' })
    .where('id', '=', mine.reservationId)
    .execute()
  expect((await cancel(buyer, mine.reservationId)).statusCode).toBe(500)
  expect((await reservation(mine.reservationId)).status).toBe('CONFIRMED')
})

test('exchanged seats: the fee is that of the seats that were paid', async () => {
  const { buyer, seatIds } = await scene(4, { eventStartAt: new Date(Date.now() + 9 * 86_400_000).toISOString() })
  const { reservationId } = await held(buyer, seatIds.slice(0, 1))
  await change(buyer, reservationId, seatIds.slice(1, 3))
  const mine = await paying(buyer, seatIds.slice(1, 3))
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  const answer = (await cancel(buyer, reservationId)).json<{ refundAmount: number; fee: number }>()
  expect(answer.fee).toBe(mine.totalAmount / 10)
  expect(answer.refundAmount + answer.fee).toBe(mine.totalAmount)
})

test('a ticket given back is shown as free at once, before the event service has heard of it', async () => {
  const { schedule, scheduleId, buyer, mine } = await ticketHolder()
  for (const { seatId } of mine.seats)
    schedule.sold.add(schedule.seats.find((seat) => seat.id === seatId)?.ordinal ?? -1)
  const states = async () =>
    (await read(buyer, `/reservations/seats/${scheduleId}`)).json<{ seats: { available: number; sold: number } }>()
  await waitUntil(async () => expect((await states()).seats).toMatchObject({ available: 2, sold: 2 }), {
    timeoutMs: 10_000,
  })
  await cancel(buyer, mine.reservationId)
  await waitUntil(async () => expect((await states()).seats).toMatchObject({ available: 4, sold: 0 }), {
    timeoutMs: 10_000,
  })
})

test('an unpaid hold is given back at no cost; one whose payment has begun is not', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(4)
  const { reservationId } = await held(buyer, seatIds.slice(0, 2))
  expect((await cancel(buyer, reservationId)).json()).toMatchObject({ status: 'CANCELLED', refundAmount: 0, fee: 0 })
  expect(await reservation(reservationId)).toMatchObject({ cancel_reason: 'HOLD_RELEASED' })
  expect(await locks(scheduleId)).toEqual({})
  const payer = await admitOne(schedule)
  const begun = await paying(payer, seatIds.slice(0, 2))
  const before = await traces(scheduleId)
  expect(outcome(await cancel(payer, begun.reservationId))).toBe('409 PAYMENT_IN_PROGRESS')
  expect(await traces(scheduleId)).toEqual(before)
})

test('cancelled again, or ended by itself before, it gives the same answer and changes nothing', async () => {
  const { scheduleId, buyer, mine } = await ticketHolder({ booked: 8 })
  const first = await cancel(buyer, mine.reservationId)
  const before = await traces(scheduleId)
  const again = await cancel({ headers: asPerson(buyer.userId) }, mine.reservationId)
  expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body])
  expect(await traces(scheduleId)).toEqual(before)

  const { schedule, buyer: late, seatIds } = await scene()
  const overdue = await held(late, seatIds)
  await makeOverdue(overdue.reservationId)
  await held(await admitOne(schedule), seatIds)
  expect((await cancel(late, overdue.reservationId)).json()).toMatchObject({ refundAmount: 0, fee: 0 })
})

test('somebody else’s ticket and one that never was are the same 404, and stay untouched', async () => {
  const { schedule, scheduleId, mine } = await ticketHolder()
  const before = await traces(scheduleId)
  const thief = await admitOne(schedule)
  const bodies = [await cancel(thief, mine.reservationId), await cancel(thief, uuidv7())].map((response) => {
    expect(outcome(response)).toBe('404 RESERVATION_NOT_FOUND')
    const { instance: _i, traceId: _t, timestamp: _s, ...body } = response.json()
    return body
  })
  expect(bodies[0]).toEqual(bodies[1])
  expect(outcome(await cancel(thief, 'not-an-id'))).toBe('400 VALIDATION_FAILED')
  expect(await traces(scheduleId)).toEqual(before)
})

test.each([
  ['two days before', 2],
  ['on the day', 0],
])(
  'who gives a ticket back after the show was called off gets everything, as told before: %s',
  async (_when, showIn) => {
    const { scheduleId, eventId, buyer, mine } = await ticketHolder({ booked: 20, showIn })
    await deliver(eventCancelled({ scheduleId, eventId }))
    const told = { feeNow: 0, refundNow: mine.totalAmount }
    expect((await shown(buyer, mine.reservationId)).cancellation).toMatchObject(told)
    const { list } = (await read(buyer, '/reservations')).json<{ list: ReservationAnswer[] }>()
    expect(list).toMatchObject([{ cancellation: told }])
    expect((await cancel(buyer, mine.reservationId)).json()).toMatchObject({ refundAmount: mine.totalAmount, fee: 0 })
    expect(await reservation(mine.reservationId)).toMatchObject({ cancel_reason: 'EVENT_CANCELLED' })
  },
)

test('the seats of a cancelled ticket are no longer the buyer’s: the next one gets them', async () => {
  const { schedule, buyer, mine } = await ticketHolder()
  const seatIds = mine.seats.map((seat) => seat.seatId)
  const next = await admitOne(schedule)
  expect(outcome(await hold(next, seatIds))).toBe('409 SEAT_TAKEN')
  await cancel(buyer, mine.reservationId)
  expect(outcome(await hold(next, seatIds))).toBe('201')
})
