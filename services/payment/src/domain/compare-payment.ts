import type { PortonePayment } from './portone-payment.ts'

/** How PortOne's books and ours can say different things of one payment. */
export const differences = [
  'UNKNOWN_PAYMENT',
  'NOT_SUCCESS_HERE',
  'NOT_PAID_THERE',
  'AMOUNT_DIFFERS',
  'REFUND_DIFFERS',
] as const

export type Difference = (typeof differences)[number]

/** What our books say of a payment; amounts in won. */
export interface OurBooks {
  readonly status: string
  readonly amount: number
  readonly refund_due_amount: number | null
  readonly refund_amount: number | null
}

interface TheirBooks {
  readonly captured: number
  readonly cancelled: number
}

const capturedStatuses: readonly string[] = ['PAID', 'PARTIAL_CANCELLED', 'CANCELLED']

/**
 * What is different between PortOne's books (`null`: it does not know the payment) and ours (`null`: we do not), or null if
 * they agree: captured there is SUCCESS or REFUNDED here, of the same sum, and as much has gone back as we have written down. A
 * refund that is due and not made yet is no difference, nor is what PortOne does not tell.
 */
export function differenceOf(there: PortonePayment | null, ours: OurBooks | null): Difference | null {
  if (there && isCaptured(there) && !there.amount) return null
  const { captured, cancelled } = theirBooks(there)
  const held = captured - cancelled
  if (!ours) return held > 0 ? 'UNKNOWN_PAYMENT' : null
  if (ours.status === 'PENDING' || ours.status === 'FAILED') return held > 0 ? 'NOT_SUCCESS_HERE' : null
  if (captured === 0) return 'NOT_PAID_THERE'
  if (captured !== ours.amount || there?.currency !== 'KRW') return 'AMOUNT_DIFFERS'
  if (ours.status === 'SUCCESS' && ours.refund_due_amount !== null) return null
  if (ours.status === 'SUCCESS' && held === 0) return 'NOT_PAID_THERE'
  return cancelled === (ours.refund_amount ?? 0) ? null : 'REFUND_DIFFERS'
}

const isCaptured = (there: PortonePayment) => capturedStatuses.includes(there.status)

/** What PortOne says it took and gave back, in won. */
export function theirBooks(there: PortonePayment | null): TheirBooks {
  if (!there?.amount || !isCaptured(there)) return { captured: 0, cancelled: 0 }
  return { captured: there.amount.total, cancelled: there.amount.cancelled ?? 0 }
}
