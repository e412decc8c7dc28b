import { type Attempt, type Cancellation, type Payment, paidAttempt, succeeded, sumOf } from './payment.ts'

/** Value added tax (10 %, inside the price) of a taxable amount, rounded to won as card processors in Korea do. */
export function vatOf(taxableAmount: number): number {
  return Math.round(taxableAmount / 11)
}

export type CancelRefusal =
  | 'PAYMENT_NOT_PAID'
  | 'PAYMENT_ALREADY_CANCELLED'
  | 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN'
  | 'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT'
  | 'SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT'
  | 'CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT'
  | 'CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT'
  | 'MAX_CANCEL_COUNT_REACHED'

export interface CancelRequest {
  readonly amount?: number | undefined
  readonly taxFreeAmount?: number | undefined
  readonly vatAmount?: number | undefined
  readonly currentCancellableAmount?: number | undefined
}

export interface CancelParts {
  readonly totalAmount: number
  readonly taxFreeAmount: number
  readonly vatAmount: number
}

const cancellationsPerPayment = 100

/**
 * What a cancel request takes back, in won, or why it may not. An absent amount means all that is left.
 * Source of the rules: PortOne V2 `POST /payments/{paymentId}/cancel`.
 */
export function partsToCancel(
  payment: Payment,
  request: CancelRequest,
): { parts: CancelParts } | { refused: CancelRefusal } {
  const paid = paidAttempt(payment)
  if (!paid) return { refused: 'PAYMENT_NOT_PAID' }
  const left = partsLeft(paid, payment.cancellations)
  if (left.totalAmount === 0) return { refused: 'PAYMENT_ALREADY_CANCELLED' }
  if (request.currentCancellableAmount !== undefined && request.currentCancellableAmount !== left.totalAmount) {
    return { refused: 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN' }
  }
  const amount = request.amount ?? left.totalAmount
  if (amount > left.totalAmount) return { refused: 'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT' }
  if (payment.cancellations.length >= cancellationsPerPayment) return { refused: 'MAX_CANCEL_COUNT_REACHED' }
  return splitAmount(left, amount, request)
}

/** What can still be given back of a paid attempt, in won. */
export function partsLeft(paid: Attempt, cancellations: readonly Cancellation[]): CancelParts {
  const taken = (part: keyof CancelParts) => sumOf(succeeded(cancellations).map((cancellation) => cancellation[part]))
  return {
    totalAmount: paid.totalAmount - taken('totalAmount'),
    taxFreeAmount: paid.taxFreeAmount - taken('taxFreeAmount'),
    vatAmount: vatOf(paid.totalAmount - paid.taxFreeAmount) - taken('vatAmount'),
  }
}

function splitAmount(
  left: CancelParts,
  amount: number,
  request: CancelRequest,
): { parts: CancelParts } | { refused: CancelRefusal } {
  const all = amount === left.totalAmount
  const taxFreeAmount = request.taxFreeAmount ?? (all ? left.taxFreeAmount : 0)
  if (taxFreeAmount + (request.vatAmount ?? 0) > amount) return { refused: 'SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT' }
  if (taxFreeAmount > left.taxFreeAmount) {
    return { refused: 'CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT' }
  }
  const taxableLeft = left.totalAmount - left.taxFreeAmount
  const vatAmount =
    request.vatAmount ?? (all ? left.vatAmount : Math.min(vatOf(amount - taxFreeAmount), left.vatAmount))
  if (amount - taxFreeAmount > taxableLeft || vatAmount > left.vatAmount) {
    return { refused: 'CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT' }
  }
  return { parts: { totalAmount: amount, taxFreeAmount, vatAmount } }
}
