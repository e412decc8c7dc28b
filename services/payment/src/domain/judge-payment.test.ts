import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgePayment } from './judge-payment.ts'

const expected = { portonePaymentId: 'p1', amount: 198_000, storeId: 'store-1' }
const paid = { status: 'PAID', id: 'p1', storeId: 'store-1', currency: 'KRW', amount: { total: 198_000, cancelled: 0 } }

describe('a payment counts as paid only if everything agrees', () => {
  test('equal in every respect: paid', () => {
    expect(judgePayment(paid, expected)).toEqual({ verdict: 'paid', captured: 198_000 })
  })

  test.each([
    ['another amount', { ...paid, amount: { total: 1, cancelled: 0 } }, 'AMOUNT_MISMATCH'],
    ['another currency', { ...paid, currency: 'USD' }, 'CURRENCY_MISMATCH'],
    ['another store', { ...paid, storeId: 'store-2' }, 'STORE_MISMATCH'],
    ['another payment', { ...paid, id: 'p2' }, 'PAYMENT_ID_MISMATCH'],
    ['partly cancelled', { ...paid, status: 'PARTIAL_CANCELLED' }, 'PARTLY_CANCELLED'],
  ])('%s: unequal, and what was captured is told', (_name, payment, reason) => {
    expect(judgePayment(payment, expected)).toMatchObject({ verdict: 'unequal', reason })
  })

  test.each(['READY', 'PAY_PENDING', 'FAILED', 'CANCELLED', 'VIRTUAL_ACCOUNT_ISSUED', 'SOMETHING_NEW'])(
    '%s: unpaid',
    (status) => {
      expect(judgePayment({ ...paid, status }, expected)).toMatchObject({ verdict: 'unpaid', captured: 0 })
    },
  )

  test('no amount but the registered one is ever accepted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (total) => {
        const { verdict } = judgePayment({ ...paid, amount: { total } }, expected)
        expect(verdict === 'paid').toBe(total === expected.amount)
      }),
    )
  })
})
