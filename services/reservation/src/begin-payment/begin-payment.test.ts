import {
  beganPaymentSchema,
  beganPaymentsSchema,
  internalReservationSchema,
} from '@ticket-queue/contracts/http/reservation'
import { holdKey } from '@ticket-queue/lua/seat'
import { createRedis } from '@ticket-queue/redis'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { gatewayKey, outcome, paymentKey } from '../test-buyers.ts'
import { paymentFailed, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { beginPayment } from './begin-payment.ts'

const service = await testReservationService()
const { internalApp, deps, redis, scene, admitOne, hold, held, begin, paying, release, deliver } = service
const { reservation, traces, makeOverdue, loseHolds } = service

const read = (reservationId: string, headers: Record<string, string> = { 'x-service-api-key': paymentKey }) =>
  internalApp.inject({ method: 'GET', url: `/internal/reservations/${reservationId}`, headers })
const began = async (reservationId: string, payment: { paymentId: string; userId: string; amount: number }) =>
  beganPaymentSchema.parse((await begin(reservationId, payment)).json())

/** A hold and what a payment for it says. */
async function heldScene(seats = 2) {
  const { buyer, ...rest } = await scene(seats)
  const made = await held(buyer, rest.seatIds)
  const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: made.totalAmount }
  return { buyer, ...rest, ...made, made, payment }
}

test('a payment pins the reservation, and Redis keeps the seats for as long as paying may take', async () => {
  const { buyer, scheduleId, schedule, seatIds, reservationId, totalAmount, holdExpiresAt, payment } = await heldScene()
  const answer = await began(reservationId, payment)
  expect(answer).toEqual({
    granted: true,
    reservation: {
      reservationId,
      userId: buyer.userId,
      eventId: schedule.facts.eventId,
      scheduleId,
      seatIds,
      status: 'PENDING',
      totalAmount,
      holdExpiresAt,
      payable: true,
      paymentId: payment.paymentId,
    },
  })
  expect(await reservation(reservationId)).toMatchObject({
    payment_id: payment.paymentId,
    payment_started_at: expect.any(Date),
  })
  for (const seatId of seatIds) expect(await redis.client.pttl(holdKey(scheduleId, seatId))).toBeGreaterThan(880_000)
})

test('several are looked at and pinned in one call, each as if it were alone, in their order', async () => {
  const [one, other, cheap] = [await heldScene(), await heldScene(), await heldScene()]
  const together = (url: string, payload: object) =>
    internalApp.inject({ method: 'POST', url, headers: { 'x-service-api-key': paymentKey }, payload })
  const ids = [one.reservationId, uuidv7(), other.reservationId]
  const looked = (await together('/internal/reservations/read', { reservationIds: ids })).json()
  const alone = [await read(one.reservationId), await read(other.reservationId)].map((answer) => answer.json())
  expect(looked.reservations).toEqual([alone[0], null, alone[1]])
  const payments = [
    { ...one.payment, reservationId: one.reservationId },
    { ...cheap.payment, reservationId: cheap.reservationId, amount: 1 },
    { ...one.payment, reservationId: uuidv7() },
    { ...other.payment, reservationId: other.reservationId },
  ]
  const answer = await together('/internal/reservations/begin-payments', { payments })
  expect(beganPaymentsSchema.parse(answer.json()).began).toMatchObject([
    { granted: true, reservation: { reservationId: one.reservationId } },
    { granted: false, reason: 'AMOUNT_MISMATCH' },
    { granted: false, reason: 'NOT_FOUND' },
    { granted: true, reservation: { reservationId: other.reservationId } },
  ])
  const pinned = await Promise.all([one, cheap, other].map(({ reservationId }) => reservation(reservationId)))
  expect(pinned.map((row) => row.payment_id)).toEqual([one.payment.paymentId, null, other.payment.paymentId])
})

test.each([{}, { reservationIds: [] }, { reservationIds: ['x'] }, { reservationIds: Array(51).fill(uuidv7()) }])(
  'no reservations, too many and what is none are refused: %#',
  async (payload) => {
    const headers = { 'x-service-api-key': paymentKey }
    const answer = await internalApp.inject({
      ...{ method: 'POST' as const, url: '/internal/reservations/read', headers },
      payload,
    })
    expect(outcome(answer)).toBe('400 VALIDATION_FAILED')
  },
)

test('the same payment may ask again, also at once and after the hold is over, and nothing changes', async () => {
  const { scheduleId, reservationId, payment } = await heldScene()
  const both = await Promise.all([began(reservationId, payment), began(reservationId, payment)])
  expect(both.map((one) => one.granted)).toEqual([true, true])
  const before = await reservation(reservationId)
  await makeOverdue(reservationId)
  expect(await began(reservationId, payment)).toMatchObject({ granted: true, reservation: { payable: true } })
  const { payment_started_at, version } = await reservation(reservationId)
  expect({ payment_started_at, version }).toEqual({
    payment_started_at: before.payment_started_at,
    version: before.version,
  })
  expect((await traces(scheduleId)).events).toEqual([])
})

test('a slow repeat after the payment has confirmed the reservation is granted, because a refusal would refund a ticket', async () => {
  const { buyer, made, reservationId, payment } = await heldScene()
  await began(reservationId, payment)
  await deliver(paymentSuccess(buyer, made, payment.paymentId))
  expect(await began(reservationId, payment)).toMatchObject({ granted: true, reservation: { status: 'CONFIRMED' } })
  expect(await began(reservationId, { ...payment, paymentId: uuidv7() })).toEqual({
    granted: false,
    reason: 'OTHER_PAYMENT',
  })
})

test('of two payments that begin at once one is granted', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { reservationId, payment } = await heldScene()
    const other = { ...payment, paymentId: uuidv7() }
    const answers = await Promise.all([began(reservationId, payment), began(reservationId, other)])
    expect(answers.filter((one) => one.granted)).toHaveLength(1)
    expect(answers.find((one) => !one.granted)).toEqual({ granted: false, reason: 'OTHER_PAYMENT' })
    const winner = answers[0]?.granted ? payment : other
    expect((await reservation(reservationId)).payment_id).toBe(winner.paymentId)
  }
})

test('a refusal says why and pins nothing', async () => {
  const { reservationId, payment } = await heldScene()
  const refusals = [
    [await began(uuidv7(), payment), 'NOT_FOUND'],
    [await began(reservationId, { ...payment, userId: uuidv7() }), 'NOT_OWNER'],
    [await began(reservationId, { ...payment, amount: payment.amount - 1 }), 'AMOUNT_MISMATCH'],
    [await began(reservationId, { ...payment, amount: 0 }), 'AMOUNT_MISMATCH'],
  ] as const
  for (const [answer, reason] of refusals) expect(answer).toEqual({ granted: false, reason })
  expect(await reservation(reservationId)).toMatchObject({ payment_id: null, payment_started_at: null, version: 1 })
})

test('a hold whose time is over is not paid for, swept or not', async () => {
  const { schedule, seatIds, reservationId, payment } = await heldScene()
  await makeOverdue(reservationId)
  expect(await began(reservationId, payment)).toEqual({ granted: false, reason: 'HOLD_EXPIRED' })
  expect(await reservation(reservationId)).toMatchObject({ payment_id: null, status: 'PENDING' })
  await held(await admitOne(schedule), seatIds)
  expect(await began(reservationId, payment)).toEqual({ granted: false, reason: 'HOLD_EXPIRED' })
})

test('a hold that was given back, or whose payment has failed, is not paid for', async () => {
  const released = await heldScene()
  await release(released.buyer, released.reservationId)
  expect(await began(released.reservationId, released.payment)).toEqual({ granted: false, reason: 'CANCELLED' })
  const { buyer, seatIds } = await scene()
  const failed = await paying(buyer, seatIds)
  await deliver(paymentFailed(buyer, failed, failed.paymentId))
  const again = { paymentId: failed.paymentId, userId: buyer.userId, amount: failed.totalAmount }
  expect(await began(failed.reservationId, again)).toEqual({ granted: false, reason: 'CANCELLED' })
})

test('Redis need not be there, nor have the hold, for a payment to begin', async () => {
  const { schedule, scheduleId, seatIds, reservationId, payment } = await heldScene(1)
  await loseHolds(schedule)
  expect((await began(reservationId, payment)).granted).toBe(true)
  expect(await redis.client.get(holdKey(scheduleId, seatIds[0] ?? ''))).toBe(reservationId)

  const other = await heldScene()
  const away = createRedis({ url: 'redis://127.0.0.1:1', failFast: true })
  const answer = await beginPayment({ ...deps, redis: away }, { reservationId: other.reservationId, ...other.payment })
  await away.close()
  expect(answer.granted).toBe(true)
  expect(outcome(await hold(await admitOne(other.schedule), other.seatIds))).toBe('409 SEAT_TAKEN')
})

test('other services read whose a reservation is and whether a payment may be opened for it', async () => {
  const { buyer, reservationId } = await heldScene()
  const readPayable = async (id = reservationId) => internalReservationSchema.parse((await read(id)).json()).payable
  expect(await readPayable()).toBe(true)
  // One that a payment has pinned: another could never begin, and its buyer would be charged for nothing (PAY-005).
  const pinned = await heldScene()
  await began(pinned.reservationId, pinned.payment)
  expect(await readPayable(pinned.reservationId)).toBe(false)
  await makeOverdue(reservationId)
  expect(await readPayable()).toBe(false)
  expect(internalReservationSchema.parse((await read(reservationId)).json()).userId).toBe(buyer.userId)
  expect(outcome(await read(uuidv7()))).toBe('404 RESERVATION_NOT_FOUND')
})

test('without a service’s key the internal API answers nobody, whatever identity they claim', async () => {
  const { buyer, reservationId, payment } = await heldScene()
  const strangers = [{}, { 'x-service-api-key': uuidv7() }, { ...buyer.headers, 'x-service-api-key': '' }]
  for (const headers of strangers) {
    expect(outcome(await read(reservationId, headers))).toBe('401 SERVICE_KEY_INVALID')
    const url = `/internal/reservations/${reservationId}/begin-payment`
    const begun = await internalApp.inject({ method: 'POST', url, headers, payload: payment })
    expect(outcome(begun)).toBe('401 SERVICE_KEY_INVALID')
  }
  expect(await reservation(reservationId)).toMatchObject({ payment_id: null })
  expect(outcome(await read(reservationId, { 'x-service-api-key': gatewayKey }))).toBe('200')
})
