import { paidAttempt, type Registration } from '../domain/payment.ts'
import type { Books } from '../store/books.ts'

export interface PreRegisterDeps {
  readonly books: Books
  readonly storeId: string
  /** Unix ms. */
  readonly now: () => number
}

/** Fixes the amount (won) and currency of a payment before its window opens; a later call replaces the earlier one. */
export function preRegisterPayment(
  deps: PreRegisterDeps,
  paymentId: string,
  registration: Registration,
): 'registered' | 'ALREADY_PAID' {
  const { books, storeId } = deps
  const payment = books.payments.get(paymentId)
  if (payment && paidAttempt(payment)) return 'ALREADY_PAID'
  books.assertRoom()
  books.record({ kind: 'registered', paymentId, storeId, registration, at: new Date(deps.now()).toISOString() })
  return 'registered'
}
