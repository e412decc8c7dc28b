import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'

const { scene, admitOne, held, paying, read, release, deliver, reservation } = await testReservationService()

test('the owner reads what was bought, with the names and prices of the moment it was held', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const mine = await held(buyer, seatIds)
  const response = await read(buyer, `/reservations/${mine.reservationId}`)
  expect(outcome(response)).toBe('200')
  expect(response.json()).toEqual({
    reservationId: mine.reservationId,
    eventId: schedule.facts.eventId,
    eventTitle: schedule.facts.eventTitle,
    artist: schedule.facts.artist,
    venueName: schedule.facts.venueName,
    hallName: schedule.facts.hallName,
    scheduleId,
    scheduleDate: schedule.facts.eventStartAt,
    status: 'PENDING',
    seats: mine.seats,
    totalAmount: mine.totalAmount,
    holdExpiresAt: mine.holdExpiresAt,
    paymentId: null,
    ticketNumber: null,
    ticketPath: null,
    cancelReason: null,
    cancellation: null,
    createdAt: (await reservation(mine.reservationId)).created_at.toISOString(),
  })
})

test('a paid one shows payment and ticket number, an ended one why; neither shows a hold’s end', async () => {
  const { buyer, seatIds } = await scene(2)
  const paid = await paying(buyer, seatIds.slice(0, 1))
  await deliver(paymentSuccess(buyer, paid, paid.paymentId))
  const { ticket_number } = await reservation(paid.reservationId)
  expect((await read(buyer, `/reservations/${paid.reservationId}`)).json()).toMatchObject({
    status: 'CONFIRMED',
    paymentId: paid.paymentId,
    ticketNumber: ticket_number,
    ticketPath: `/reservations/${paid.reservationId}/ticket`,
    holdExpiresAt: null,
    cancelReason: null,
    cancellation: { allowedUntil: expect.any(String), feeNow: expect.any(Number), refundNow: expect.any(Number) },
  })
  const given = await held(buyer, seatIds.slice(1))
  await release(buyer, given.reservationId)
  expect((await read(buyer, `/reservations/${given.reservationId}`)).json()).toMatchObject({
    status: 'CANCELLED',
    ticketPath: null,
    seats: given.seats,
    holdExpiresAt: null,
    cancelReason: 'HOLD_RELEASED',
  })
})

test('somebody else’s reservation is as unknown as one that never was', async () => {
  const { schedule, buyer, seatIds } = await scene()
  const { reservationId } = await held(buyer, seatIds)
  const other = await admitOne(schedule)
  const bodies = []
  for (const id of [reservationId, uuidv7()]) {
    const response = await read(other, `/reservations/${id}`)
    expect(outcome(response)).toBe('404 RESERVATION_NOT_FOUND')
    const { instance, traceId: _, timestamp: __, ...body } = response.json()
    expect(instance).toBe(`/reservations/${id}`)
    bodies.push(body)
  }
  expect(bodies[0]).toEqual(bodies[1])
})

test('nobody reads without being known, and what is no ID is no valid request', async () => {
  const { buyer, seatIds } = await scene()
  const { reservationId } = await held(buyer, seatIds)
  expect(outcome(await read({ headers: {} }, `/reservations/${reservationId}`))).toBe('401 UNAUTHENTICATED')
  expect(outcome(await read(buyer, '/reservations/1'))).toBe('400 VALIDATION_FAILED')
})
