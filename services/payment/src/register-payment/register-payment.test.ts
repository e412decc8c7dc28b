import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { asUser, outcome, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService()
const { buyer, register, sandbox, others, db } = service

const paymentsOf = (reservationId: string) =>
  db.selectFrom('payments').selectAll().where('reservation_id', '=', reservationId).execute()

test('a payment is opened PENDING and its amount is fixed at PortOne before anybody can pay (PAY-006, PAY-007)', async () => {
  const who = await buyer()
  const answer = await register(who)
  expect(answer.statusCode).toBe(201)
  const { paymentId, portonePaymentId, ...rest } = answer.json()
  expect(rest).toEqual({
    amount: 198_000,
    storeId: service.config.PORTONE_STORE_ID,
    channelKey: service.config.PORTONE_CHANNEL_KEY,
    paymentKey: who.paymentKey,
    status: 'PENDING',
  })
  expect(portonePaymentId).toMatch(/^[A-Za-z0-9]+$/)
  expect((await sandbox.ledger(portonePaymentId)).registration).toMatchObject({ totalAmount: 198_000, currency: 'KRW' })
  expect(await service.row({ paymentId })).toMatchObject({
    status: 'PENDING',
    amount: 198_000,
    user_id: who.userId,
    reservation_id: who.reservation.reservationId,
    schedule_id: who.reservation.scheduleId,
    seat_ids: who.reservation.seatIds,
  })
  expect(await service.steps({ paymentId })).toEqual(['PRE_REGISTER STARTED', 'PRE_REGISTER DONE'])
  expect(others.begins(who.reservation.reservationId)).toBe(0)
})

test('the same payment key and body: the same answer byte for byte, whatever has become of the payment (PAY-004)', async () => {
  const purchase = await service.paid()
  const first = await register(purchase)
  await service.confirm(purchase)
  await service.reservationCancelled(purchase)
  const later = await register(purchase)
  expect([later.statusCode, later.body]).toEqual([first.statusCode, first.body])
  expect(await paymentsOf(purchase.reservation.reservationId)).toHaveLength(1)
})

test('the channel of new payments changes: what was opened before keeps its answer, and its money is good', async () => {
  const moved = await buildApp({ ...service.deps, channelKey: 'the-next-channel' })
  const at = service.buyersAt(moved)
  const purchase = await service.paid()
  const first = await register(purchase)
  expect((await at.register(purchase)).body).toBe(first.body)
  expect((await at.confirm(purchase)).statusCode).toBe(200)
  expect((await at.register(await buyer())).json()).toMatchObject({ channelKey: 'the-next-channel' })
  await moved.close()
})

test('the same payment key under another body: 409 IDEMPOTENCY_KEY_REUSED, and nothing happens', async () => {
  const purchase = await service.registered()
  const { reservationId } = (await buyer()).reservation
  for (const fields of [{ amount: 1 }, { reservationId }]) {
    expect(outcome(await register(purchase, fields))).toBe('409 IDEMPOTENCY_KEY_REUSED')
  }
  const stranger = { ...purchase, userId: randomUUID() }
  expect(outcome(await register(stranger))).toBe('409 IDEMPOTENCY_KEY_REUSED')
  expect(await paymentsOf(reservationId)).toEqual([])
})

test('20 requests with one payment key at once: one row, one call to PortOne and one answer', async () => {
  const who = await buyer()
  await sandbox.misbehave({ match: 'POST /payments/*/pre-register', kind: 'delay', value: 300 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => register(who)))
  expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1)
  expect(answers[0]?.statusCode).toBe(201)
  expect(await paymentsOf(who.reservation.reservationId)).toHaveLength(1)
  expect(await sandbox.strikes()).toEqual([1])
})

test('20 payment keys for one reservation at once: one payment, 19 times 409 PAYMENT_EXISTS which names it', async () => {
  const who = await buyer()
  const answers = await Promise.all(Array.from({ length: 20 }, () => register({ ...who, paymentKey: randomUUID() })))
  const [row, ...more] = await paymentsOf(who.reservation.reservationId)
  expect(more).toEqual([])
  expect(answers.map(outcome).sort()).toEqual(['201', ...Array(19).fill('409 PAYMENT_EXISTS')])
  const refused = answers.filter(({ statusCode }) => statusCode === 409)
  expect(refused.every((answer) => answer.json().paymentId === row?.id)).toBe(true)
})

test('a sum that is not the reservation’s: 400 AMOUNT_MISMATCH and no payment', async () => {
  const who = await buyer()
  expect(outcome(await register(who, { amount: 1 }))).toBe('400 AMOUNT_MISMATCH')
  expect(await paymentsOf(who.reservation.reservationId)).toEqual([])
})

test.each([0, -1, 0.1, 1e308, '198000', null, undefined, [198_000]])(
  'the amount %j is no amount: 400 VALIDATION_FAILED',
  async (amount) => {
    expect(outcome(await register(await buyer(), { amount }))).toBe('400 VALIDATION_FAILED')
  },
)

test('fields that are not the buyer’s to say are ignored', async () => {
  const who = await buyer()
  const forged = { status: 'SUCCESS', userId: randomUUID(), portonePaymentId: 'x', refundAmount: 1, version: 9 }
  const answer = await register(who, forged)
  expect(answer.statusCode).toBe(201)
  const [row] = await paymentsOf(who.reservation.reservationId)
  expect(row).toMatchObject({ status: 'PENDING', user_id: who.userId, version: 1, refund_amount: null })
})

test('somebody else’s reservation is as unknown as one that never was: 404', async () => {
  const [who, other] = [await buyer(), await buyer()]
  others.hold({ ...who.reservation, userId: randomUUID() })
  others.forget(other.reservation.reservationId)
  const answers = [await register(who), await register(other)]
  expect(answers.map(outcome)).toEqual(['404 RESERVATION_NOT_FOUND', '404 RESERVATION_NOT_FOUND'])
  const [theirs, none] = answers.map((answer) => answer.json())
  expect({ ...theirs, traceId: '', timestamp: '' }).toEqual({ ...none, traceId: '', timestamp: '' })
})

test('a hold that is over: 409 RESERVATION_NOT_PAYABLE', async () => {
  const who = await buyer({ payable: false })
  expect(outcome(await register(who))).toBe('409 RESERVATION_NOT_PAYABLE')
})

test('without identity: 401', async () => {
  const who = await buyer()
  const { 'x-service-api-key': _key, ...headers } = asUser(who.userId)
  const body = {
    reservationId: who.reservation.reservationId,
    amount: 1,
    paymentMethod: 'CARD',
    paymentKey: randomUUID(),
  }
  expect(outcome(await service.ask('POST', '/payments', headers, body))).toBe('401 UNAUTHENTICATED')
})
