import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { settlePayment } from '../saga/settle-payment.ts'
import { markFailed } from '../saga/write-outcome.ts'
import { outcome, type Purchase, testPaymentService } from '../test-payment-service.ts'

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
    'CAPTURE UNKNOWN',
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

const lostAnswers = {
  'the reservation service is away': async ({ reservation }: Purchase) =>
    others.behave(reservation.reservationId, 'away'),
  'the read of PortOne is reset': ({ portonePaymentId }: Purchase) =>
    sandbox.misbehave({ match: `GET /payments/${portonePaymentId}`, kind: 'reset', times: 1 }),
}
test.each(['the reservation service is away', 'the read of PortOne is reset'] as const)(
  'the buyer hands in his token once, %s, and he is gone: the check job captures',
  async (what) => {
    const purchase = await approved()
    await lostAnswers[what](purchase)
    expect((await confirm(purchase)).statusCode).toBe(202)
    others.behave(purchase.reservation.reservationId, 'good')
    await look(purchase)
    expect((await row(purchase)).status).toBe('SUCCESS')
    expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
  },
)

test('a token handed in while PortOne’s breaker is open is kept: 503, and the check job captures', async () => {
  const purchase = await approved()
  await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, kind: 'reset', times: 1 })
  expect((await confirm(purchase, { paymentToken: undefined })).statusCode).toBe(202)
  expect(await steps(purchase)).toContain('BEGIN DONE')
  const app = await buildApp({ ...service.deps, portone: { ...service.deps.portone, isOpen: () => true } })
  expect(outcome(await service.buyersAt(app).confirm(purchase))).toBe('503 PORTONE_UNAVAILABLE')
  await app.close()
  await look(purchase)
  expect((await row(purchase)).status).toBe('SUCCESS')
})

test('a decision taken before the token was handed in loses', async () => {
  const purchase = await approved()
  const before = await row(purchase)
  await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, kind: 'reset', times: 1 })
  expect((await confirm(purchase)).statusCode).toBe(202)
  await markFailed(service.deps, before, { facts: null, reason: 'NOT_PAID', requestId: 'stale' })
  expect((await row(purchase)).status).toBe('PENDING')
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

test.each(['ALREADY_PAID', 'UNAUTHORIZED', 'FORBIDDEN', 'PAYMENT_NOT_FOUND'])(
  'a capture that PortOne answers with %s is not called failed: that says nothing of the money',
  async (type) => {
    const purchase = await approved()
    await sandbox.misbehave({ match: captureOf(purchase), kind: 'status', value: type, times: 1 })
    expect((await confirm(purchase)).statusCode).toBe(202)
    expect(await events(purchase)).toEqual([])
    await look(purchase)
    expect((await row(purchase)).status).toBe('SUCCESS')
    expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
  },
)

test('money captured by a request that PortOne has forgotten, and that its reads do not show yet, is waited for', async () => {
  const purchase = await approved()
  const { portonePaymentId, paymentToken = '', paymentId } = purchase
  const behind = await service.deps.portone.read(portonePaymentId)
  await service.deps.portone.confirm(portonePaymentId, { paymentToken, totalAmount: 198_000, refusals: 1 })
  const portone = { ...service.deps.portone, read: async () => behind }
  const asked = { paymentId, paymentToken, askedBy: 'buyer', requestId: 'request-1' } as const
  expect(await settlePayment({ ...service.deps, portone }, asked)).toMatchObject({ state: 'PENDING' })
  expect(await steps(purchase)).toContain('CAPTURE UNKNOWN')
  await look(purchase)
  expect((await row(purchase)).status).toBe('SUCCESS')
})

/** Somebody whose capture PortOne has taken and will only carry out when we have stopped waiting for it. */
const capturing = async () => {
  const purchase = await approved()
  await sandbox.misbehave({ match: captureOf(purchase), kind: 'delay', value: 3_500, times: 1 })
  const confirming = confirm(purchase)
  await waitUntil(async () => (await steps(purchase)).includes('CAPTURE STARTED'))
  return { purchase, confirming }
}
const captured = ({ portonePaymentId }: { portonePaymentId: string }) =>
  waitUntil(async () => (await sandbox.ledger(portonePaymentId)).capturedAmount === 198_000)

test('a reservation that ends while the money moves: not failed until it is known, then all of it goes back', async () => {
  const { purchase, confirming } = await capturing()
  others.endHold(purchase.reservation.reservationId)
  await look(purchase)
  expect((await row(purchase)).status).toBe('PENDING')
  await captured(purchase)
  expect((await confirming).statusCode).toBe(202)
  await look(purchase)
  expect((await row(purchase)).status).toBe('FAILED')
  expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ capturedAmount: 198_000, keptAmount: 0 })
})

test('the refusal of a second window says nothing of the first, whose money moves', async () => {
  const { purchase, confirming } = await capturing()
  expect((await confirm(purchase, { paymentToken: 'token-of-another-window' })).statusCode).toBe(202)
  await captured(purchase)
  expect((await confirming).statusCode).toBe(202)
  await look(purchase)
  expect((await row(purchase)).status).toBe('SUCCESS')
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
})

const backdateSteps = ({ paymentId }: { paymentId: string }, minutes: number) =>
  service.db
    .updateTable('saga_steps')
    .set({ at: sql<Date>`at - make_interval(mins => ${minutes})` })
    .where('payment_id', '=', paymentId)
    .execute()

test.each([
  [9, 'PENDING'],
  [11, 'FAILED'],
])(
  '%i minutes after a capture that never came to PortOne the payment of an ended reservation is %s',
  async (minutes, status) => {
    const purchase = await approved()
    await sandbox.misbehave({ match: captureOf(purchase), kind: 'reset', times: 1 })
    expect((await confirm(purchase)).statusCode).toBe(202)
    others.endHold(purchase.reservation.reservationId)
    await backdateSteps(purchase, minutes)
    await look(purchase)
    expect((await row(purchase)).status).toBe(status)
  },
)

test('a token for a window that was never opened pins the seats for some minutes, not for good', async () => {
  const purchase = { ...(await service.registered()), paymentToken: 'token-guessed' }
  expect((await confirm(purchase)).statusCode).toBe(202)
  await backdateSteps(purchase, 11)
  expect((await confirm(purchase)).json()).toMatchObject({ code: 'PAYMENT_FAILED', reason: 'PAYMENT_NOT_FOUND' })
})
