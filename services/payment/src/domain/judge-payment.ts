import type { PortonePayment } from './portone-payment.ts'

/** What a payment at PortOne means for ours. `captured` is the money PortOne holds, in won. */
export type Verdict =
  | { readonly verdict: 'paid'; readonly captured: number }
  | { readonly verdict: 'unequal'; readonly captured: number; readonly reason: UnequalReason }
  | { readonly verdict: 'unpaid'; readonly captured: 0; readonly reason: string }

export type UnequalReason =
  | 'AMOUNT_MISMATCH'
  | 'CURRENCY_MISMATCH'
  | 'STORE_MISMATCH'
  | 'PAYMENT_ID_MISMATCH'
  | 'PARTLY_CANCELLED'

/**
 * Compares PortOne's answer with what was registered: status, ID, total, currency and store must all agree (PAY-010;
 * PortOne's guide compares `amount.total`, because a discount makes `paid` smaller).
 */
export function judgePayment(
  payment: PortonePayment | null,
  expected: { portonePaymentId: string; amount: number; storeId: string },
): Verdict {
  if (payment === null) return { verdict: 'unpaid', captured: 0, reason: 'NOT_PAID' }
  const total = payment.amount?.total ?? 0
  const captured = total - (payment.amount?.cancelled ?? 0)
  if (payment.status === 'PARTIAL_CANCELLED') return { verdict: 'unequal', captured, reason: 'PARTLY_CANCELLED' }
  if (payment.status !== 'PAID') {
    const reason =
      payment.status === 'FAILED' ? (payment.failure?.reason ?? 'FAILED_AT_PROVIDER') : `NOT_PAID_${payment.status}`
    return { verdict: 'unpaid', captured: 0, reason }
  }
  const reason = differenceOf(payment, total, expected)
  return reason ? { verdict: 'unequal', captured, reason } : { verdict: 'paid', captured }
}

function differenceOf(
  payment: PortonePayment,
  total: number,
  expected: { portonePaymentId: string; amount: number; storeId: string },
): UnequalReason | null {
  if (payment.id !== expected.portonePaymentId) return 'PAYMENT_ID_MISMATCH'
  if (payment.storeId !== undefined && payment.storeId !== expected.storeId) return 'STORE_MISMATCH'
  if (payment.currency !== 'KRW') return 'CURRENCY_MISMATCH'
  return total === expected.amount ? null : 'AMOUNT_MISMATCH'
}
