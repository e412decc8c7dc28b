import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { settlePayment } from '../saga/settle-payment.ts'
import { markFailed } from '../saga/write-outcome.ts'
import { outcome, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService({
  PORTONE_TIMEOUT_MS: '2500',
  PORTONE_MONEY_TIMEOUT_MS: '2500',
  PORTONE_BREAKER_CALLS_MIN: '1000',
})
const { confirm, row, events, steps, sandbox, others, look } = service

/** Somebody who has left the window of a channel with manual approval (수동 승인): nothing is captured yet. */
const approved = (how: object = {}) => service.paid({ confirm: 'MANUAL', ...how })
const captureOf = ({ portonePaymentId }: { portonePaymentId: string }) => `POST /payments/${portonePaymentId}/confirm`

test('the money moves only after the seats have been pinned', async () => {
  const purchase = await approved()
  expect((await sandbox.ledger(purchase.portonePaymentId)).capturedAmount).toBe(0)
  expect((await confirm(purchase)).statusCode).toBe(200)
  expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount: 198_000 })
  expect((await steps(purchase)).slice(2)).toEqual([
    'BEGIN STARTED',
    'BEGIN DONE',
    'CAPTURE STARTED',
    'CAPTURE DONE',
    'SUCCESS DONE',
  ])
})

test('for a hold that is over no money ever moves', async () => {
  const purchase = await approved()
  others.endHold(purchase.reservation.reservationId)
  expect(outcome(await confirm(purchase))).toBe('409 PAYMENT_FAILED')
  expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ capturedAmount: 0, cancelledAmount: 0 })
})

test.each([
  ['captures and drops the answer', { kind: 'drop-answer' } as const],
  ['resets the connection and captures nothing', { kind: 'reset' } as const],
  ['answers 500 and captures nothing', { kind: 'status', value: 500 } as const],
])('PortOne %s: 202, and the buyer who asks again with his token gets his ticket', async (_how, fault) => {
  const purchase = await approved()
  await sandbox.misbehave({ match: captureOf(purchase), times: 1, ...fault })
  expect((await confirm(purchase)).statusCode).toBe(202)
  expect((await confirm(purchase)).statusCode).toBe(200)
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
})

test.each([
  ['captures and drops the answer', { kind: 'drop-answer' } as const],
  ['resets the connection and captures nothing', { kind: 'reset' } as const],
])('PortOne %s and the buyer is gone: the check job finishes the capture', async (_how, fault) => {
  const purchase = await approved()
  await sandbox.misbehave({ match: captureOf(purchase), times: 1, ...fault })
  expect((await confirm(purchase)).statusCode).toBe(202)
  await look(purchase)
  expect((await row(purchase)).status).toBe('SUCCESS')
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentSuccess'])
})

test('a capture that is still running at PortOne is waited for, not called failed', async () => {
  const purchase = await approved()
  await sandbox.misbehave({ match: captureOf(purchase), kind: 'delay', value: 4_500, times: 1 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  await waitUntil(async () => (await steps(purchase)).includes('CAPTURE UNKNOWN'))
  await look(purchase)
  expect((await row(purchase)).status).toBe('SUCCESS')
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
})

test('a decision taken before the capture began loses: money that moves now is not called unpaid', async () => {
  const purchase = await approved()
  const before = await row(purchase)
  await sandbox.misbehave({ match: captureOf(purchase), kind: 'drop-answer', times: 1 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  await markFailed(service.deps, before, { facts: null, reason: 'NOT_PAID', requestId: 'stale' })
  expect((await row(purchase)).status).toBe('PENDING')
  expect((await confirm(purchase)).statusCode).toBe(200)
})

test('captured money that PortOne’s reads do not show yet is waited for', async () => {
  const purchase = await approved()
  const behind = await service.deps.portone.read(purchase.portonePaymentId)
  const portone = { ...service.deps.portone, read: async () => behind }
  const asked = { paymentId: purchase.paymentId, requestId: 'request-1' }
  const first = { ...asked, askedBy: 'buyer', paymentToken: purchase.paymentToken } as const
  for (const input of [first, { ...asked, askedBy: 'sweeper' } as const]) {
    expect(await settlePayment({ ...service.deps, portone }, input)).toMatchObject({ state: 'PENDING' })
  }
  await look(purchase)
  expect((await row(purchase)).status).toBe('SUCCESS')
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
})

test('a token that is not this payment’s captures nothing: 409 PAYMENT_FAILED', async () => {
  const purchase = await approved()
  const answer = await confirm(purchase, { paymentToken: 'token-guessed' })
  expect(answer.json()).toMatchObject({ code: 'PAYMENT_FAILED', reason: 'INVALID_PAYMENT_TOKEN' })
  expect((await sandbox.ledger(purchase.portonePaymentId)).capturedAmount).toBe(0)
})

test('a window opened for another sum is never captured', async () => {
  const purchase = await approved({ totalAmount: 1_000 })
  const answer = await confirm(purchase)
  expect(answer.json()).toMatchObject({ code: 'PAYMENT_FAILED', reason: 'INFORMATION_MISMATCH' })
  expect((await sandbox.ledger(purchase.portonePaymentId)).capturedAmount).toBe(0)
})

test('a card company that refuses the capture is an answer: 409 PAYMENT_FAILED at once', async () => {
  const purchase = await approved()
  await sandbox.misbehave({ match: captureOf(purchase), kind: 'status', value: 'PG_PROVIDER', times: 1 })
  expect((await confirm(purchase)).json()).toMatchObject({ code: 'PAYMENT_FAILED', reason: 'PG_PROVIDER' })
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentFailed'])
})
