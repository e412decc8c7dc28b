import { randomUUID } from 'node:crypto'
import { readQueueToken } from '@ticket-queue/lua/queue'
import { waitUntil } from '@ticket-queue/testing'
import { describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { settlePayment } from '../saga/settle-payment.ts'
import { outcome, type Purchase, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService()
const { confirm, paid, registered, row, events, steps, sandbox, others } = service

test('a paid payment: 200 SUCCESS, one PaymentSuccess, and the money stays (PAY-010, PAY-013)', async () => {
  const purchase = await paid()
  const answer = await confirm(purchase)
  expect(answer.statusCode).toBe(200)
  const paidAt = (await row(purchase)).paid_at?.toISOString()
  expect(answer.json()).toEqual({ paymentId: purchase.paymentId, status: 'SUCCESS', paidAt })
  const { reservationId, scheduleId, seatIds, userId } = purchase.reservation
  expect(await events(purchase)).toMatchObject([
    {
      type: 'PaymentSuccess',
      key: reservationId,
      metadata: { correlationId: answer.headers['x-request-id'], userId },
      payload: { paymentId: purchase.paymentId, reservationId, userId, scheduleId, seatIds, amount: 198_000, paidAt },
    },
  ])
  expect(await row(purchase)).toMatchObject({ portone_transaction_id: purchase.transactionId, next_check_at: null })
  expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount: 198_000 })
})

test('a person can read from the saga what was done and in which order (PAY-011)', async () => {
  const purchase = await paid()
  await confirm(purchase)
  expect(await steps(purchase)).toEqual([
    'PRE_REGISTER STARTED',
    'PRE_REGISTER DONE',
    'BEGIN STARTED',
    'BEGIN DONE',
    'SUCCESS DONE',
  ])
})

test('the same confirmation 20 times at once: every answer is 200, one event, one capture (M6)', async () => {
  const purchase = await paid()
  const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(purchase)))
  expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1)
  expect(answers[0]?.statusCode).toBe(200)
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentSuccess'])
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
})

test('with manual approval, too: 20 at once capture once and are all answered 200', async () => {
  const purchase = await paid({ confirm: 'MANUAL' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(purchase)))
  expect(answers.map(outcome)).toEqual(Array(20).fill('200'))
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentSuccess'])
})

test('whoever has bought leaves the shop: his payment token ends, and a repeat is still answered 200', async () => {
  const purchase = await paid()
  const first = await confirm(purchase)
  await waitUntil(async () => (await readQueueToken(service.redis, purchase.queueToken)) === null)
  const repeat = await confirm(purchase)
  expect([repeat.statusCode, repeat.body]).toEqual([200, first.body])
})

test('whoever finds his token gone because the payment was settled a moment before is answered 200', async () => {
  const purchase = await paid()
  const { client } = service.redis
  const lateClient: typeof client = Object.create(client, {
    get: {
      value: async (key: string) => {
        await confirm(purchase)
        await waitUntil(async () => (await client.get(key)) === null)
        return client.get(key)
      },
    },
  })
  const late = await buildApp({ ...service.deps, redis: { ...service.redis, client: lateClient } })
  expect((await service.buyersAt(late).confirm(purchase)).statusCode).toBe(200)
  await late.close()
})

test('a card PortOne has refused: 409 PAYMENT_FAILED with its reason, one PaymentFailed (PAY-012)', async () => {
  const purchase = await paid({ outcome: 'FAILED' })
  const answer = await confirm(purchase)
  expect(outcome(answer)).toBe('409 PAYMENT_FAILED')
  const reason = '카드사에서 승인을 거절했습니다.'
  expect(answer.json()).toMatchObject({ paymentId: purchase.paymentId, reason })
  expect(await events(purchase)).toMatchObject([
    { type: 'PaymentFailed', payload: { reservationId: purchase.reservation.reservationId, reason } },
  ])
  expect(outcome(await confirm(purchase))).toBe('409 PAYMENT_FAILED')
  expect(await events(purchase)).toHaveLength(1)
})

test.each([['CLOSED'], ['nothing done']])('a window left without paying (%s): 409 PAYMENT_FAILED', async (how) => {
  const purchase = how === 'CLOSED' ? await paid({ outcome: 'CLOSED' }) : await registered()
  expect(outcome(await confirm(purchase))).toBe('409 PAYMENT_FAILED')
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentFailed'])
})

/** What a window was left with that is not what was registered, and why it is refused. */
const wrongMoney: [string, Record<string, unknown>, string][] = [
  ['a wrong sum', { totalAmount: 1_000 }, 'AMOUNT_MISMATCH'],
  ['too large a sum', { totalAmount: 1_980_000 }, 'AMOUNT_MISMATCH'],
  ['another currency', { currency: 'USD' }, 'CURRENCY_MISMATCH'],
  ['a test channel', { channelType: 'TEST' }, 'CHANNEL_MISMATCH'],
  ['another channel', { channelKey: 'other' }, 'CHANNEL_MISMATCH'],
  ['another store', {}, 'STORE_MISMATCH'],
]

describe.each(wrongMoney)('%s is no payment: no ticket, and all of the money goes back (M2)', (what, how, reason) => {
  const deps = what === 'a test channel' ? { ...service.deps, channelType: 'LIVE' as const } : service.deps
  const wrong = async (more: Record<string, unknown> = {}) => {
    const purchase = await paid({ ...how, ...more })
    if (what === 'another store') {
      await service.db
        .updateTable('payments')
        .set({ store_id: 'another-store' })
        .where('id', '=', purchase.paymentId)
        .execute()
    }
    return purchase
  }
  /** Nothing is kept and nobody is told of a success, whatever had been captured. */
  const isUndone = async (purchase: Purchase, reasons: string[]) => {
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
    const [event, ...more] = await events(purchase)
    expect([event?.type, more]).toEqual(['PaymentFailed', []])
    expect(reasons).toContain((await row(purchase)).failure_reason)
  }

  test('the buyer confirms: refused with the reason', async () => {
    const app = await buildApp(deps)
    const purchase = await wrong()
    const answer = await service.buyersAt(app).confirm(purchase)
    expect(outcome(answer)).toBe(reason === 'AMOUNT_MISMATCH' ? '400 AMOUNT_MISMATCH' : '409 PAYMENT_FAILED')
    expect(answer.json()).toMatchObject({ reason, paymentId: purchase.paymentId })
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ status: 'CANCELLED' })
    expect(await steps(purchase)).toContain('CANCEL DONE')
    await isUndone(purchase, [reason])
    await app.close()
  })

  test('the check job finds it', async () => {
    const purchase = await wrong()
    await settlePayment(deps, { paymentId: purchase.paymentId, askedBy: 'sweeper', requestId: 'test' })
    await isUndone(purchase, [reason])
  })

  test('with manual approval: not captured, or given back', async () => {
    const app = await buildApp(deps)
    const purchase = await wrong({ confirm: 'MANUAL' })
    expect([400, 409]).toContain((await service.buyersAt(app).confirm(purchase)).statusCode)
    await isUndone(purchase, [reason, 'INFORMATION_MISMATCH'])
    await app.close()
  })
})

test('where the channel captures by itself a payment token is refused, nothing changes, and without it the payment is good', async () => {
  const app = await buildApp({ ...service.deps, confirmMode: 'AUTO' })
  const at = service.buyersAt(app)
  const [purchase, approved] = [await paid({ confirm: 'AUTO' }), await paid({ confirm: 'MANUAL' })]
  expect(outcome(await at.confirm(approved))).toBe('400 PAYMENT_TOKEN_UNEXPECTED')
  expect(await row(approved)).toMatchObject({ status: 'PENDING', version: 1 })
  expect((await sandbox.ledger(approved.portonePaymentId)).capturedAmount).toBe(0)
  expect((await at.confirm(purchase)).statusCode).toBe(200)
  expect((await confirm(approved)).statusCode).toBe(200)
  await app.close()
})

test('a payment PortOne has cancelled by hand is no payment either', async () => {
  const purchase = await paid()
  await sandbox.cancelInConsole(purchase.portonePaymentId, 8_000)
  expect(outcome(await confirm(purchase))).toBe('409 PAYMENT_FAILED')
  expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount: 0, cancelledAmount: 198_000 })
})

test.each([
  ['the hold is over and somebody else has the seats', (id: string) => others.lapse(id, 'taken'), 'HOLD_EXPIRED'],
  ['the reservation is cancelled', (id: string) => others.endHold(id), 'CANCELLED'],
] as const)(
  '%s when the buyer has paid: 409 PAYMENT_FAILED, and the money goes back in full',
  async (_how, end, reason) => {
    const purchase = await paid()
    end(purchase.reservation.reservationId)
    const answer = await confirm(purchase)
    expect(outcome(answer)).toBe('409 PAYMENT_FAILED')
    expect(answer.json().reason).toBe(reason)
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount: 0, capturedAmount: 198_000 })
    expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentFailed'])
  },
)

test('somebody else’s payment is as unknown as one that never was: 404', async () => {
  const [mine, theirs] = [await paid(), await paid()]
  const answers = [
    await confirm({ ...mine, paymentId: theirs.paymentId }),
    await confirm({ ...mine, paymentId: randomUUID() }),
    await confirm({ ...theirs, userId: mine.userId }),
  ]
  expect(answers.map(outcome)).toEqual(Array(3).fill('404 PAYMENT_NOT_FOUND'))
  expect((await row(theirs)).status).toBe('PENDING')
})

test('payment, reservation and payment key that do not belong together: 409 PAYMENT_MISMATCH', async () => {
  const [purchase, other] = [await paid(), await paid()]
  const fields = [{ paymentKey: other.paymentKey }, { reservationId: other.reservation.reservationId }]
  for (const one of fields) expect(outcome(await confirm(purchase, one))).toBe('409 PAYMENT_MISMATCH')
  expect((await row(purchase)).status).toBe('PENDING')
})

test('a sum that is not the payment’s: 400 AMOUNT_MISMATCH, and the payment is not touched', async () => {
  const purchase = await paid()
  expect(outcome(await confirm(purchase, { amount: 1 }))).toBe('400 AMOUNT_MISMATCH')
  expect(await row(purchase)).toMatchObject({ status: 'PENDING' })
  expect((await confirm(purchase)).statusCode).toBe(200)
})

test.each([
  ['another person’s payment', () => ({})],
  ['one’s own payment of a cheaper reservation', (userId: string) => ({ userId, totalAmount: 1_000 })],
])('%s pays for nothing else: refused by every way, and it stays what it was', async (_whose, fields) => {
  const dear = await registered()
  const other = await registered(fields(dear.userId))
  const { transactionId } = await sandbox.pay(other.portonePaymentId)
  const isOwn = other.userId === dear.userId
  const withItsId = await confirm({ ...dear, paymentId: other.paymentId, transactionId })
  expect(outcome(withItsId)).toBe(isOwn ? '409 PAYMENT_MISMATCH' : '404 PAYMENT_NOT_FOUND')
  expect(outcome(await confirm({ ...dear, transactionId }))).toBe('409 PAYMENT_FAILED')
  expect((await events(dear)).map(({ type }) => type)).toEqual(['PaymentFailed'])
  expect((await confirm({ ...other, transactionId })).statusCode).toBe(200)
})

test.each([
  ['paid', 'PAID', 'SUCCESS'],
  ['not paid', 'CLOSED', 'FAILED'],
])('what a buyer writes into his payment window cannot keep it PENDING: %s', async (_how, how, status) => {
  const customer = { name: 'NUL \0 and half \ud83c' }
  const purchase = await paid({ outcome: how, customer, customData: '\0', orderName: '\udfff' })
  await confirm(purchase)
  expect((await row(purchase)).status).toBe(status)
})

test.each(['', 'a b', 'a\0b', '토큰', 'x'.repeat(2_001), 7, null])(
  'the payment token %j is none: 400',
  async (paymentToken) => {
    expect(outcome(await confirm(await paid(), { paymentToken }))).toBe('400 VALIDATION_FAILED')
  },
)
