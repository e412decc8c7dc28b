import { expect, test } from 'vitest'
import { doNotPayTwice } from '../errors.ts'
import { outcome, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService({ PORTONE_TIMEOUT_MS: '2500', PORTONE_BREAKER_CALLS_MIN: '1000' })
const { buyer, register, sandbox, others } = service

const onePayment = async (reservationId: string) =>
  service.db.selectFrom('payments').selectAll().where('reservation_id', '=', reservationId).executeTakeFirstOrThrow()

test('the warning against paying twice is in Korean and English', () => {
  expect(doNotPayTwice).toMatch(/다시 결제하지 말고.*do not pay again/s)
})

test.each([
  ['resets the connection', { kind: 'reset' } as const],
  ['answers 500', { kind: 'status', value: 500 } as const],
  ['refuses the secret', { kind: 'status', value: 'UNAUTHORIZED' } as const],
  ['does it and drops the answer', { kind: 'drop-answer' } as const],
  ['answers after the time limit', { kind: 'delay', value: 6_000 } as const],
])('PortOne %s: 503 with the warning and Retry-After, and a repeat completes it', async (_how, fault) => {
  const who = await buyer()
  await sandbox.misbehave({ match: 'POST /payments/*/pre-register', times: 1, ...fault })
  const answer = await register(who)
  expect(outcome(answer)).toBe('503 PORTONE_UNAVAILABLE')
  expect(answer.json().detail).toBe(doNotPayTwice)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)

  const repeat = await register(who)
  expect(repeat.statusCode).toBe(201)
  const row = await onePayment(who.reservation.reservationId)
  expect(repeat.json().paymentId).toBe(row.id)
  expect((await sandbox.ledger(row.portone_payment_id)).registration).toMatchObject({ totalAmount: 198_000 })
})

test('PortOne is asked too often (429): waited out, and the buyer gets his payment', async () => {
  const who = await buyer()
  await sandbox.misbehave({ match: 'POST /payments/*/pre-register', kind: 'status', value: 429, times: 2 })
  expect((await register(who)).statusCode).toBe(201)
  expect(await sandbox.strikes()).toEqual([2])
})

test('a payment PortOne never heard of is not registered there any more once it has failed', async () => {
  const who = await buyer()
  await sandbox.misbehave({ match: 'POST /payments/*/pre-register', kind: 'reset', times: 1 })
  await register(who)
  others.endHold(who.reservation.reservationId)
  const row = await onePayment(who.reservation.reservationId)
  await service.look({ paymentId: row.id })
  expect(outcome(await register(who))).toBe('409 RESERVATION_NOT_PAYABLE')
  expect(await service.steps({ paymentId: row.id })).toEqual([
    'PRE_REGISTER STARTED',
    'PRE_REGISTER UNKNOWN',
    'FAILED DONE',
  ])
})

test.each(['away', 'broken'] as const)(
  'the reservation service is %s: 503 with Retry-After and the warning, and no payment',
  async (behaviour) => {
    const who = await buyer()
    others.behave(who.reservation.reservationId, behaviour)
    const answer = await register(who)
    expect(outcome(answer)).toBe('503 SERVICE_UNAVAILABLE')
    expect(answer.json().detail).toBe(doNotPayTwice)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    others.behave(who.reservation.reservationId, 'good')
    expect((await register(who)).statusCode).toBe(201)
  },
)
