import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partsToCancel } from './money-parts.ts'
import type { Payment } from './payment.ts'

const at = '2026-01-01T00:00:00.000Z'

function paidPayment(totalAmount: number, taxFreeAmount: number): Payment {
  const attempt = {
    ...{ transactionId: 't', status: 'PAID' as const, totalAmount, taxFreeAmount, currency: 'KRW' },
    ...{ channelType: 'TEST' as const, channelKey: 'c', orderName: 'o', customer: {} },
    ...{ requestedAt: at, statusChangedAt: at },
  }
  const base = { id: 'p', storeId: 's', sequence: 0, createdAt: at, registration: null, noticeUrls: [] }
  return { ...base, attempts: [attempt], cancellations: [] }
}

test('whatever is cancelled in whatever parts, no part of the money is given back twice', () => {
  const money = fc
    .tuple(fc.integer({ min: 1, max: 2_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([total, share]) => ({ total, taxFree: Math.floor(total * share) }))
  const requests = fc.array(fc.record({ amount: fc.integer({ min: 1, max: 2_000_000 }) }), { maxLength: 20 })
  fc.assert(
    fc.property(money, requests, ({ total, taxFree }, asked) => {
      let payment = paidPayment(total, taxFree)
      for (const request of [...asked, {}]) {
        const split = partsToCancel(payment, request)
        if ('refused' in split) continue
        const facts = { id: 'c', status: 'SUCCEEDED' as const, pgCancellationId: 'p', reason: 'r', cancelledAt: at }
        const cancellation = { ...split.parts, ...facts }
        payment = { ...payment, cancellations: [...payment.cancellations, cancellation] }
      }
      const sum = (part: 'totalAmount' | 'taxFreeAmount' | 'vatAmount') =>
        payment.cancellations.reduce((whole, one) => whole + one[part], 0)
      expect(sum('totalAmount')).toBe(total)
      expect(sum('taxFreeAmount')).toBe(taxFree)
      expect(sum('vatAmount')).toBe(Math.round((total - taxFree) / 11))
    }),
  )
})
