import { type PortonePayment, requestedCancellation } from './portone-payment.ts'
import { storableText } from './storable-text.ts'

/** What a payment at PortOne means for ours. `captured` is the money PortOne holds for it now, in won. */
export type Verdict =
  | { readonly verdict: 'paid'; readonly captured: number }
  /** Something was paid, but it is not or no longer what was registered: it can never become right. */
  | { readonly verdict: 'unequal'; readonly captured: number; readonly reason: UnequalReason }
  /** Nothing has been paid so far. */
  | { readonly verdict: 'unpaid'; readonly captured: 0; readonly reason: string }
  /** PortOne itself does not know yet, or says what we cannot read: to be asked again. */
  | { readonly verdict: 'unclear'; readonly captured: 0; readonly reason: string }

export type UnequalReason =
  | 'AMOUNT_MISMATCH'
  | 'CURRENCY_MISMATCH'
  | 'STORE_MISMATCH'
  | 'CHANNEL_MISMATCH'
  | 'PAYMENT_ID_MISMATCH'
  | 'PARTLY_CANCELLED'
  | 'CANCELLED_AT_PROVIDER'

/** What was registered, and what a payment of it must look like. `amount` in won. */
export interface Expected {
  readonly portonePaymentId: string
  readonly amount: number
  readonly storeId: string
  readonly channelKey: string
  /** LIVE where tickets cost money: what is paid through a TEST channel is none. */
  readonly channelType: ChannelType
}

export const channelTypes = ['LIVE', 'TEST'] as const

export type ChannelType = (typeof channelTypes)[number]

const reasonCharsMax = 200

/**
 * Compares PortOne's answer with what was registered: status, ID, total, currency, store, channel and its type must all agree
 * (PAY-010; PortOne's guide compares `amount.total`, because a discount makes `paid` smaller). `null`: PortOne does not
 * know the payment, because its window was never opened. A status PortOne may add some day is `unclear`, never a failure, and so
 * is money of which some is about to go back.
 */
export function judgePayment(payment: PortonePayment | null, expected: Expected): Verdict {
  if (payment === null) return { verdict: 'unpaid', captured: 0, reason: 'NOT_PAID' }
  if (requestedCancellation(payment) !== null) {
    return { verdict: 'unclear', captured: 0, reason: 'PortOne has not carried out a cancellation yet' }
  }
  switch (payment.status) {
    case 'PAID':
    case 'PARTIAL_CANCELLED':
      return judgeMoney(payment, expected)
    case 'CANCELLED':
      return { verdict: 'unequal', captured: 0, reason: 'CANCELLED_AT_PROVIDER' }
    case 'FAILED':
      return { verdict: 'unpaid', captured: 0, reason: failureOf(payment) }
    case 'READY':
    case 'VIRTUAL_ACCOUNT_ISSUED':
      return { verdict: 'unpaid', captured: 0, reason: `NOT_PAID_${payment.status}` }
    default:
      return { verdict: 'unclear', captured: 0, reason: `PortOne says ${payment.status.slice(0, 50)}` }
  }
}

function judgeMoney(payment: PortonePayment, expected: Expected): Verdict {
  if (!payment.amount) return { verdict: 'unclear', captured: 0, reason: 'PortOne says PAID without an amount' }
  const { total, cancelled = 0 } = payment.amount
  const reason = differenceOf(payment, total, expected) ?? (cancelled > 0 ? 'PARTLY_CANCELLED' : null)
  return reason
    ? { verdict: 'unequal', captured: total - cancelled, reason }
    : { verdict: 'paid', captured: total - cancelled }
}

function differenceOf(payment: PortonePayment, total: number, expected: Expected): UnequalReason | null {
  if (payment.id !== expected.portonePaymentId) return 'PAYMENT_ID_MISMATCH'
  if (payment.storeId !== expected.storeId) return 'STORE_MISMATCH'
  // A test channel takes no real money: only the channel that was handed out counts, of the type it must be, and none unnamed.
  if (payment.channel?.key !== expected.channelKey) return 'CHANNEL_MISMATCH'
  if (payment.channel.type !== expected.channelType) return 'CHANNEL_MISMATCH'
  if (payment.currency !== 'KRW') return 'CURRENCY_MISMATCH'
  return total === expected.amount ? null : 'AMOUNT_MISMATCH'
}

const failureOf = (payment: PortonePayment) =>
  storableText(payment.failure?.reason?.trim().slice(0, reasonCharsMax) ?? '') || 'FAILED_AT_PROVIDER'
