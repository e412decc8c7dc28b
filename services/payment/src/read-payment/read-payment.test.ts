import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { asUser, outcome, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService()
const { paid, registered, confirm } = service
const read = (userId: string, paymentId: string) => service.ask('GET', `/payments/${paymentId}`, asUser(userId))

test('a payment as its owner sees it, without what only PortOne and we need (PAY-014)', async () => {
  const purchase = await paid()
  await confirm(purchase)
  const answer = await read(purchase.userId, purchase.paymentId)
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    paymentId: purchase.paymentId,
    reservationId: purchase.reservation.reservationId,
    portonePaymentId: purchase.portonePaymentId,
    amount: 198_000,
    paymentMethod: 'CARD',
    paymentKey: purchase.paymentKey,
    status: 'SUCCESS',
    failureReason: null,
    paidAt: expect.stringMatching(/Z$/),
    refundAmount: null,
    refundedAt: null,
    createdAt: expect.stringMatching(/Z$/),
  })
})

test('a failure with its reason, a refund with its sum', async () => {
  const [failed, refunded] = [await paid({ outcome: 'FAILED' }), await paid()]
  await Promise.all([confirm(failed), confirm(refunded)])
  await service.reservationCancelled(refunded, { reason: 'USER_CANCELLED', wasConfirmed: true, refundAmount: 100_000 })
  await service.look(refunded)
  expect((await read(failed.userId, failed.paymentId)).json()).toMatchObject({
    status: 'FAILED',
    failureReason: '카드사에서 승인을 거절했습니다.',
    paidAt: null,
  })
  expect((await read(refunded.userId, refunded.paymentId)).json()).toMatchObject({
    status: 'REFUNDED',
    refundAmount: 100_000,
    refundedAt: expect.any(String),
  })
})

test('somebody else’s payment is answered like one that never was: 404', async () => {
  const purchase = await registered()
  const [theirs, none] = [await read(randomUUID(), purchase.paymentId), await read(purchase.userId, randomUUID())]
  expect([outcome(theirs), outcome(none)]).toEqual(Array(2).fill('404 PAYMENT_NOT_FOUND'))
  const plain = (body: Record<string, unknown>) => ({ ...body, instance: '', traceId: '', timestamp: '' })
  expect(plain(theirs.json())).toEqual(plain(none.json()))
})

test('what is no ID: 400', async () => {
  expect(outcome(await read(randomUUID(), 'x'))).toBe('400 VALIDATION_FAILED')
})
