import { describe, expect, test } from 'vitest'
import { differenceOf } from './compare-payment.ts'

const paid = { status: 'PAID', id: 'p1', currency: 'KRW', amount: { total: 198_000, cancelled: 0 } }
const partly = { ...paid, status: 'PARTIAL_CANCELLED', amount: { total: 198_000, cancelled: 90_000 } }
const cancelled = { ...paid, status: 'CANCELLED', amount: { total: 198_000, cancelled: 198_000 } }
const ready = { ...paid, status: 'READY', amount: { total: 198_000 } }
const ours = { status: 'SUCCESS', amount: 198_000, refund_due_amount: null, refund_amount: null }
const refunded = (refund_amount: number) => ({
  ...ours,
  status: 'REFUNDED',
  refund_due_amount: refund_amount,
  refund_amount,
})

describe('the books agree', () => {
  test.each([
    ['paid and SUCCESS', paid, ours],
    ['nothing paid and PENDING', ready, { ...ours, status: 'PENDING' }],
    ['nothing paid and FAILED', null, { ...ours, status: 'FAILED' }],
    ['all given back and FAILED', cancelled, { ...ours, status: 'FAILED' }],
    ['given back as written down', partly, refunded(90_000)],
    ['all given back and REFUNDED', cancelled, refunded(198_000)],
    ['a part given back and written down', partly, { ...ours, refund_amount: 90_000 }],
    ['a refund that is due and not made yet', paid, { ...ours, refund_due_amount: 90_000 }],
    ['a refund that is due and just made', cancelled, { ...ours, refund_due_amount: 198_000 }],
    ['money of an unknown payment that has gone back', cancelled, null],
    ['paid, and PortOne tells no amount', { ...paid, amount: undefined }, ours],
  ])('%s', (_what, there, here) => {
    expect(differenceOf(there, here)).toBeNull()
  })
})

describe('the books differ', () => {
  test.each([
    ['captured there, open here', paid, { ...ours, status: 'PENDING' }, 'NOT_SUCCESS_HERE'],
    ['captured there, failed here', partly, { ...ours, status: 'FAILED' }, 'NOT_SUCCESS_HERE'],
    ['SUCCESS here, never paid there', ready, ours, 'NOT_PAID_THERE'],
    ['SUCCESS here, unknown there', null, ours, 'NOT_PAID_THERE'],
    ['SUCCESS here, all gone back there', cancelled, ours, 'NOT_PAID_THERE'],
    ['another sum', { ...paid, amount: { total: 1_000 } }, ours, 'AMOUNT_DIFFERS'],
    ['another currency', { ...paid, currency: 'USD' }, ours, 'AMOUNT_DIFFERS'],
    ['a part gone back there', partly, ours, 'REFUND_DIFFERS'],
    ['less gone back than we say', partly, refunded(198_000), 'REFUND_DIFFERS'],
    ['more gone back than we say', cancelled, refunded(90_000), 'REFUND_DIFFERS'],
    ['money of a payment we do not know', partly, null, 'UNKNOWN_PAYMENT'],
  ])('%s: %s', (_what, there, here, difference) => {
    expect(differenceOf(there, here)).toBe(difference)
  })
})
