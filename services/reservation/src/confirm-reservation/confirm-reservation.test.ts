import { PermanentError } from '@ticket-queue/messaging'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { paymentFailed, paymentSuccess, testReservationService } from '../test-reservation-service.ts'

const { db, scene, admitOne, hold, held, paying, deliver, deliverTogether, ...books } = await testReservationService()
const { reservation, published, traces, makeOverdue } = books

test('a paid reservation is confirmed with a ticket number, and says so once', async () => {
  const { scheduleId, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  const event = paymentSuccess(buyer, mine, mine.paymentId)
  expect(await deliver(event)).toBe('applied')
  const row = await reservation(mine.reservationId)
  expect(row).toMatchObject({
    status: 'CONFIRMED',
    payment_id: mine.paymentId,
    ticket_number: expect.stringMatching(/^T(-[0-9A-Z]{4}){4}$/),
    confirmed_at: expect.any(Date),
  })
  const [confirmed, ...more] = await published(mine.reservationId)
  expect(more).toEqual([])
  expect(confirmed).toMatchObject({
    type: 'ReservationConfirmed',
    reservationId: mine.reservationId,
    userId: buyer.userId,
    scheduleId,
    totalAmount: mine.totalAmount,
    ticketNumber: row.ticket_number,
    confirmedAt: row.confirmed_at?.toISOString(),
  })
  expect(confirmed?.seatIds.toSorted()).toEqual(seatIds.toSorted())
})

test('the same event twice, also at once, and the same success told anew give one ticket and one event', async () => {
  const { buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  const event = paymentSuccess(buyer, mine, mine.paymentId)
  expect((await Promise.all([deliver(event), deliver(event)])).toSorted()).toEqual(['applied', 'repeated'])
  const { ticket_number, version } = await reservation(mine.reservationId)
  await deliver(event)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  expect(await reservation(mine.reservationId)).toMatchObject({ ticket_number, version })
  expect(await published(mine.reservationId)).toHaveLength(1)
})

test('a confirmed seat stays the buyer’s when the hold’s time is over', async () => {
  const { schedule, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  await makeOverdue(mine.reservationId)
  expect(outcome(await hold(await admitOne(schedule), seatIds))).toBe('409 SEAT_TAKEN')
  expect((await reservation(mine.reservationId)).status).toBe('CONFIRMED')
})

test('money that comes for a reservation that has ended goes back in full, and the seats stay with the next buyer', async () => {
  const { schedule, buyer, seatIds } = await scene()
  const mine = await held(buyer, seatIds)
  await makeOverdue(mine.reservationId)
  const next = await held(await admitOne(schedule), seatIds)
  const paymentId = uuidv7()
  await deliver(paymentSuccess(buyer, mine, paymentId))
  expect(await reservation(mine.reservationId)).toMatchObject({
    status: 'CANCELLED',
    cancel_reason: 'HOLD_EXPIRED',
    refund_amount: mine.totalAmount,
    ticket_number: null,
  })
  expect(await published(mine.reservationId)).toMatchObject([
    { type: 'ReservationCancelled', reason: 'HOLD_EXPIRED', refundAmount: 0 },
    {
      type: 'ReservationCancelled',
      reason: 'HOLD_EXPIRED',
      refundAmount: mine.totalAmount,
      feeAmount: 0,
      wasConfirmed: false,
    },
  ])
  const active = (await traces(buyer.scheduleId)).seats.filter((seat) => seat.active)
  expect(active.map((seat) => seat.reservation_id)).toEqual(seatIds.map(() => next.reservationId))
})

test('the success of a ticket that its owner has given back meanwhile, told anew, is not refunded a second time', async () => {
  const { buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  await db
    .updateTable('reservations')
    .set({ status: 'CANCELLED', cancelled_at: new Date(), cancel_reason: 'USER_CANCELLED', refund_amount: 1_000 })
    .where('id', '=', mine.reservationId)
    .execute()
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  expect(await reservation(mine.reservationId)).toMatchObject({ refund_amount: 1_000 })
  expect(await published(mine.reservationId)).toHaveLength(1)
})

test('success and failure of one payment at once end in one state, and money kept is not lost', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { buyer, seatIds } = await scene()
    const mine = await paying(buyer, seatIds)
    await Promise.all([
      deliver(paymentSuccess(buyer, mine, mine.paymentId)),
      deliver(paymentFailed(buyer, mine, mine.paymentId)),
    ])
    const { status } = await reservation(mine.reservationId)
    const events = await published(mine.reservationId)
    if (status === 'CONFIRMED') expect(events.map(({ type }) => type)).toEqual(['ReservationConfirmed'])
    else expect(events.at(-1)).toMatchObject({ type: 'ReservationCancelled', refundAmount: mine.totalAmount })
  }
})

test('money that belongs to no reservation, or to another than the one that pinned it, goes to a person and changes nothing', async () => {
  const { scheduleId, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  const before = await traces(scheduleId)
  const wrong = [
    paymentSuccess(buyer, { ...mine, reservationId: uuidv7() }, mine.paymentId),
    paymentSuccess(buyer, mine, uuidv7()),
    paymentSuccess(buyer, { ...mine, totalAmount: 1 }, mine.paymentId),
    paymentSuccess({ ...buyer, userId: uuidv7() }, mine, mine.paymentId),
  ]
  for (const event of wrong) await expect(deliver(event)).rejects.toThrow(PermanentError)
  expect(await traces(scheduleId)).toEqual(before)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  await expect(deliver(paymentSuccess(buyer, mine, uuidv7()))).rejects.toThrow(/CONFIRMED/)
  expect(await published(mine.reservationId)).toHaveLength(1)
})

test('what is paid close together is confirmed together, a ticket each', async () => {
  const paid = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const { buyer, seatIds } = await scene()
      const mine = await paying(buyer, seatIds)
      return { mine, event: paymentSuccess(buyer, mine, mine.paymentId) }
    }),
  )
  await deliverTogether(paid.map(({ event }) => event))
  const rows = await Promise.all(paid.map(({ mine }) => reservation(mine.reservationId)))
  expect(new Set(rows.map((row) => row.status))).toEqual(new Set(['CONFIRMED']))
  expect(new Set(rows.map((row) => row.ticket_number)).size).toBe(5)
  for (const { mine } of paid) expect(await published(mine.reservationId)).toHaveLength(1)
})

test('a success that comes twice among them, under two event IDs, is one ticket and is told once', async () => {
  const { buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  const [first, again] = [0, 1].map(() => paymentSuccess(buyer, mine, mine.paymentId))
  if (!first || !again) return
  await deliverTogether([first, again])
  const { status, version } = await reservation(mine.reservationId)
  expect(status).toBe('CONFIRMED')
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  expect(await reservation(mine.reservationId)).toMatchObject({ version })
  expect(await published(mine.reservationId)).toHaveLength(1)
})

test('money among them that belongs to nobody leaves none of them half confirmed: each goes alone then', async () => {
  const { buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  const good = paymentSuccess(buyer, mine, mine.paymentId)
  const bad = paymentSuccess(buyer, { ...mine, reservationId: uuidv7() }, uuidv7())
  await expect(deliverTogether([good, bad])).rejects.toThrow(PermanentError)
  expect((await reservation(mine.reservationId)).status).toBe('PENDING')
  expect(await published(mine.reservationId)).toEqual([])
  expect(await deliver(good)).toBe('applied')
})
