import { inTransaction } from '@ticket-queue/database'
import { expect, test } from 'vitest'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { cancelRows } from './cancel-rows.ts'

const { db, scene, admitOne, held, paying, deliver, traces, reservation, published } = await testReservationService()
const cancel = (reservationIds: readonly string[], from: 'PENDING' | 'CONFIRMED') =>
  inTransaction(db, (trx) =>
    cancelRows(trx, { reservationIds, from, reason: 'USER_CANCELLED', correlationId: 'test', refundAmount: 10 }),
  )

test('only what is still in the expected state is ended, and each is told of with its own seats', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(4)
  const first = await held(buyer, seatIds.slice(0, 1))
  const second = await held(await admitOne(schedule), seatIds.slice(1, 3))
  const third = await admitOne(schedule)
  const paid = await paying(third, seatIds.slice(3))
  await deliver(paymentSuccess(third, paid, paid.paymentId))
  const all = [first, second, paid].map((one) => one.reservationId)

  const ended = await cancel(all, 'PENDING')
  expect(new Map(ended.map((one) => [one.reservationId, one.seatIds.toSorted()]))).toEqual(
    new Map([
      [first.reservationId, seatIds.slice(0, 1)],
      [second.reservationId, seatIds.slice(1, 3)],
    ]),
  )
  expect(await cancel(all, 'PENDING')).toEqual([])
  expect((await reservation(paid.reservationId)).status).toBe('CONFIRMED')
  const { seats, events } = await traces(scheduleId)
  expect(seats.filter((seat) => seat.active).map((seat) => seat.seat_id)).toEqual(seatIds.slice(3))
  expect(events).toHaveLength(3)

  expect(await cancel(all, 'CONFIRMED')).toMatchObject([{ reservationId: paid.reservationId }])
  expect((await published(paid.reservationId)).at(-1)).toMatchObject({ wasConfirmed: true, refundAmount: 10 })
  expect(await cancel([], 'PENDING')).toEqual([])
})

test('a transaction that rolls back ends nothing and tells nobody', async () => {
  const { scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId } = await held(buyer, seatIds)
  const before = await traces(scheduleId)
  const failing = inTransaction(db, async (trx) => {
    await cancelRows(trx, {
      reservationIds: [reservationId],
      from: 'PENDING',
      reason: 'HOLD_EXPIRED',
      correlationId: '',
    })
    throw new Error('the change did not happen')
  })
  await expect(failing).rejects.toThrow('did not happen')
  expect(await traces(scheduleId)).toEqual(before)
})
