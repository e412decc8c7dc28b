import { tokenKey } from '@ticket-queue/lua/queue'
import { expect, test } from 'vitest'
import { outcome, type Purchase, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService({ PORTONE_TIMEOUT_MS: '2500', PORTONE_BREAKER_CALLS_MIN: '1000' })
const { confirm, paid, row, events, steps, sandbox, others, look } = service

test.each([
  ['answers after the time limit', { kind: 'delay', value: 6_000 } as const],
  ['drops the answer', { kind: 'drop-answer' } as const],
  ['answers 500', { kind: 'status', value: 500 } as const],
  ['answers 502 without JSON', { kind: 'status', value: 502 } as const],
  ['resets the connection', { kind: 'reset' } as const],
  ['refuses our secret', { kind: 'status', value: 'UNAUTHORIZED' } as const],
  ['forbids the read', { kind: 'status', value: 'FORBIDDEN' } as const],
])(
  'PortOne %s: 202 PENDING, never FAILED, the seats stay, and the check job settles it (PAY-008)',
  async (_how, fault) => {
    const purchase = await paid()
    await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, ...fault })
    const answer = await confirm(purchase)
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({ paymentId: purchase.paymentId, status: 'PENDING', paidAt: null })
    expect(others.begunBy(purchase.reservation.reservationId)).toBe(purchase.paymentId)
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'PENDING', last_check_error: expect.any(String) })
    expect(await steps(purchase)).toContain('READ UNKNOWN')

    await sandbox.misbehave()
    // The hold would be over by now, had the payment not begun.
    others.endHold(purchase.reservation.reservationId, 'PENDING')
    await look(purchase)
    expect((await row(purchase)).status).toBe('SUCCESS')
    expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentSuccess'])
  },
)

test.each(['away', 'broken', 'slow'] as const)(
  'the reservation service is %s when the buyer confirms: 202 PENDING, and the check job settles it',
  async (behaviour) => {
    const purchase = await paid()
    const { reservationId } = purchase.reservation
    others.behave(reservationId, behaviour)
    expect((await confirm(purchase)).statusCode).toBe(202)
    if (behaviour !== 'slow') {
      await look(purchase)
      expect(await row(purchase)).toMatchObject({ status: 'PENDING', check_count: 2 })
    }
    others.behave(reservationId, 'good')
    await look(purchase)
    expect((await row(purchase)).status).toBe('SUCCESS')
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount: 198_000 })
  },
)

const forgetToken = ({ queueToken }: Purchase) => service.redis.client.del(tokenKey(queueToken))

test('a buyer whose payment token is gone before he confirms for the first time is not sent back to the waiting room', async () => {
  const purchase = await paid()
  await forgetToken(purchase)
  expect((await confirm(purchase)).json()).toMatchObject({ paymentId: purchase.paymentId, status: 'SUCCESS' })
})

test('with manual approval the window’s token is kept, whatever has become of the payment token: the check job captures', async () => {
  const purchase = await paid({ confirm: 'MANUAL' })
  await forgetToken(purchase)
  others.behave(purchase.reservation.reservationId, 'away')
  expect((await confirm(purchase)).statusCode).toBe(202)
  others.behave(purchase.reservation.reservationId, 'good')
  await look(purchase)
  expect((await row(purchase)).status).toBe('SUCCESS')
})

test('a repeat whose payment token has ended meanwhile is not sent back either', async () => {
  const purchase = await paid()
  await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, kind: 'reset', times: 2 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  await forgetToken(purchase)
  expect((await confirm(purchase)).statusCode).toBe(202)
  await sandbox.misbehave()
  expect((await confirm(purchase)).json()).toMatchObject({ paymentId: purchase.paymentId, status: 'SUCCESS' })
})

test('without a living payment token nobody buys what is not paid, or seats whose hold is over', async () => {
  const unpaid = await service.registered()
  const late = await paid()
  others.lapse(late.reservation.reservationId, 'taken')
  for (const purchase of [unpaid, late]) {
    await forgetToken(purchase)
    expect(outcome(await confirm(purchase))).toBe('409 PAYMENT_FAILED')
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
  }
})

test('the buyer may ask again as soon as PortOne answers: 200', async () => {
  const purchase = await paid()
  await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, kind: 'reset', times: 1 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  expect((await confirm(purchase)).statusCode).toBe(200)
})

test.each([
  ['PAID', 'SUCCESS'],
  ['FAILED', 'FAILED'],
])('what PortOne itself does not know yet is 202 PENDING until it is %s', async (end, status) => {
  const purchase = await paid({ outcome: 'PAY_PENDING' })
  expect((await confirm(purchase)).statusCode).toBe(202)
  await look(purchase)
  expect(await row(purchase)).toMatchObject({ status: 'PENDING', last_check_error: 'PortOne says PAY_PENDING' })
  await sandbox.pay(purchase.portonePaymentId, { outcome: end })
  await look(purchase)
  expect((await row(purchase)).status).toBe(status)
})

test('what PortOne does not know yet is never FAILED, also where nobody confirms and the hold has ended', async () => {
  const purchase = await paid({ outcome: 'PAY_PENDING' })
  others.endHold(purchase.reservation.reservationId)
  await look(purchase)
  expect(await row(purchase)).toMatchObject({ status: 'PENDING', last_check_error: 'PortOne says PAY_PENDING' })
  await sandbox.pay(purchase.portonePaymentId)
  await look(purchase)
  expect((await row(purchase)).status).toBe('FAILED')
  expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ capturedAmount: 198_000, keptAmount: 0 })
})

test('money that cannot be given back now keeps the payment PENDING until it can', async () => {
  const purchase = await paid({ totalAmount: 1_000 })
  await sandbox.misbehave({ match: `POST /payments/${purchase.portonePaymentId}/cancel`, kind: 'status', value: 500 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  expect(await events(purchase)).toEqual([])
  await sandbox.misbehave()
  await look(purchase)
  expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'AMOUNT_MISMATCH' })
  expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
})

test('money on its way back buys nothing, also when the reservation costs the sum again by then', async () => {
  const purchase = await paid()
  const { reservationId, seatIds, totalAmount } = purchase.reservation
  others.change(reservationId, { seatIds, totalAmount: totalAmount * 2 })
  await sandbox.misbehave({ match: `POST /payments/${purchase.portonePaymentId}/cancel`, kind: 'reset', times: 1 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  others.change(reservationId, { seatIds, totalAmount })
  expect(outcome(await confirm(purchase))).toBe('400 AMOUNT_MISMATCH')
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentFailed'])
  expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
})

test('a give-back whose answer is lost is made once, and the buyer is told what it was for', async () => {
  const purchase = await paid({ totalAmount: 1_000 })
  await sandbox.misbehave({ match: `POST /payments/${purchase.portonePaymentId}/cancel`, kind: 'drop-answer' })
  expect((await confirm(purchase)).statusCode).toBe(202)
  await look(purchase)
  expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'AMOUNT_MISMATCH' })
  expect(outcome(await confirm(purchase))).toBe('400 AMOUNT_MISMATCH')
  expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 1_000 }])
})

test('a give-back the card company refuses once is tried anew and not answered from store', async () => {
  const purchase = await paid({ totalAmount: 1_000 })
  const match = `POST /payments/${purchase.portonePaymentId}/cancel`
  await sandbox.misbehave({ match, kind: 'status', value: 'PG_PROVIDER', times: 1 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  expect(await steps(purchase)).toContain('CANCEL FAILED')
  await look(purchase)
  expect((await row(purchase)).status).toBe('FAILED')
  expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
})

test('a give-back that the card company takes and refuses later is made anew; until it is carried out nothing is called failed', async () => {
  const purchase = await paid({ totalAmount: 1_000 })
  const match = `POST /payments/${purchase.portonePaymentId}/cancel`
  await sandbox.misbehave({ match, kind: 'cancel-later', times: 2 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  await sandbox.endCancellations(purchase.portonePaymentId, 'FAILED')
  await look(purchase)
  await look(purchase)
  expect(await row(purchase)).toMatchObject({ status: 'PENDING', last_check_error: expect.any(String) })
  expect(await events(purchase)).toEqual([])
  await sandbox.endCancellations(purchase.portonePaymentId, 'SUCCEEDED')
  await look(purchase)
  expect((await row(purchase)).status).toBe('FAILED')
  expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 1_000 }])
})
