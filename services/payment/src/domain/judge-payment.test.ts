import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgePayment } from './judge-payment.ts'

const expected = {
  portonePaymentId: 'p1',
  amount: 198_000,
  storeId: 'store-1',
  channelKey: 'channel-1',
  channelType: 'LIVE',
} as const
const paid = {
  status: 'PAID',
  id: 'p1',
  storeId: 'store-1',
  channel: { key: 'channel-1', type: 'LIVE' },
  currency: 'KRW',
  amount: { total: 198_000, cancelled: 0 },
}

describe('a payment counts as paid only if everything agrees', () => {
  test('equal in every respect: paid', () => {
    expect(judgePayment(paid, expected)).toEqual({ verdict: 'paid', captured: 198_000 })
  })

  test.each([
    ['another amount', { ...paid, amount: { total: 1, cancelled: 0 } }, 'AMOUNT_MISMATCH', 1],
    ['another currency', { ...paid, currency: 'USD' }, 'CURRENCY_MISMATCH', 198_000],
    ['no currency', { ...paid, currency: undefined }, 'CURRENCY_MISMATCH', 198_000],
    ['another store', { ...paid, storeId: 'store-2' }, 'STORE_MISMATCH', 198_000],
    ['a test channel', { ...paid, channel: { key: 'channel-test', type: 'TEST' } }, 'CHANNEL_MISMATCH', 198_000],
    [
      'a channel of the right key, but a test one',
      { ...paid, channel: { key: 'channel-1', type: 'TEST' } },
      'CHANNEL_MISMATCH',
      198_000,
    ],
    ['a channel that does not tell its type', { ...paid, channel: { key: 'channel-1' } }, 'CHANNEL_MISMATCH', 198_000],
    ['a live channel without its key', { ...paid, channel: { type: 'LIVE' } }, 'CHANNEL_MISMATCH', 198_000],
    ['no store', { ...paid, storeId: undefined }, 'STORE_MISMATCH', 198_000],
    ['no channel', { ...paid, channel: undefined }, 'CHANNEL_MISMATCH', 198_000],
    ['a test channel without its key', { ...paid, channel: { type: 'TEST' } }, 'CHANNEL_MISMATCH', 198_000],
    ['another payment', { ...paid, id: 'p2' }, 'PAYMENT_ID_MISMATCH', 198_000],
    [
      'partly cancelled',
      { ...paid, status: 'PARTIAL_CANCELLED', amount: { total: 198_000, cancelled: 8_000 } },
      'PARTLY_CANCELLED',
      190_000,
    ],
    [
      'cancelled',
      { ...paid, status: 'CANCELLED', amount: { total: 198_000, cancelled: 198_000 } },
      'CANCELLED_AT_PROVIDER',
      0,
    ],
  ])('%s: unequal, and what is held is told', (_name, payment, reason, captured) => {
    expect(judgePayment(payment, expected)).toEqual({ verdict: 'unequal', reason, captured })
  })

  test('PAID, and some of it about to go back: unclear until it has gone or not', () => {
    const cancellations = [
      { status: 'SUCCEEDED', totalAmount: 1 },
      { status: 'REQUESTED', totalAmount: 2 },
    ]
    expect(judgePayment({ ...paid, cancellations }, expected)).toMatchObject({ verdict: 'unclear', captured: 0 })
  })

  test.each([
    ['READY', 'NOT_PAID_READY'],
    ['VIRTUAL_ACCOUNT_ISSUED', 'NOT_PAID_VIRTUAL_ACCOUNT_ISSUED'],
    ['FAILED', 'FAILED_AT_PROVIDER'],
  ])('%s: unpaid', (status, reason) => {
    expect(judgePayment({ ...paid, status }, expected)).toEqual({ verdict: 'unpaid', captured: 0, reason })
  })

  test.each(['PAY_PENDING', 'SOMETHING_NEW', ''])('“%s” is neither paid nor failed: unclear', (status) => {
    expect(judgePayment({ ...paid, status }, expected)).toMatchObject({ verdict: 'unclear', captured: 0 })
  })

  test('PAID without an amount is unclear, because what to give back is not known', () => {
    const { amount: _amount, ...without } = paid
    expect(judgePayment(without, expected)).toMatchObject({ verdict: 'unclear' })
  })

  test('a payment PortOne does not know is unpaid', () => {
    expect(judgePayment(null, expected)).toMatchObject({ verdict: 'unpaid', reason: 'NOT_PAID' })
  })

  test.each([
    ['한도초과', '한도초과'],
    ['', 'FAILED_AT_PROVIDER'],
    ['  ', 'FAILED_AT_PROVIDER'],
    ['x'.repeat(5_000), 'x'.repeat(200)],
  ])('the reason of a failure is never empty and never long', (told, reason) => {
    const failed = { ...paid, status: 'FAILED', failure: { reason: told } }
    expect(judgePayment(failed, expected)).toMatchObject({ verdict: 'unpaid', reason })
  })

  test('no amount but the registered one is ever accepted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (total) => {
        const { verdict } = judgePayment({ ...paid, amount: { total } }, expected)
        expect(verdict === 'paid').toBe(total === expected.amount)
      }),
    )
  })
})
