import { randomUUID } from 'node:crypto'
import { type CancelParts, type CancelRefusal, type CancelRequest, partsToCancel } from '../domain/money-parts.ts'
import { type Cancellation, type Payment, statusOf } from '../domain/payment.ts'
import type { Books } from '../store/books.ts'
import type { Cause, WebhookSender } from '../webhooks/sender.ts'

export interface CancelDeps {
  readonly books: Books
  readonly webhooks: WebhookSender
  readonly storeId: string
  /** Unix ms. */
  readonly now: () => number
}

export interface CancelInput extends CancelRequest {
  readonly reason: string
  readonly requester?: 'CUSTOMER' | 'ADMIN' | undefined
  readonly skipWebhook?: boolean | undefined
}

/** Gives money back, in whole or in part, at once; `currentCancellableAmount` makes a repeated call harmless. */
export function cancelPayment(
  deps: CancelDeps,
  paymentId: string,
  input: CancelInput,
  cause: Cause,
): { cancellation: Cancellation } | { refused: CancelRefusal | 'PAYMENT_NOT_FOUND' } {
  const payment = deps.books.payments.get(paymentId)
  if (!payment || payment.attempts.length === 0) return { refused: 'PAYMENT_NOT_FOUND' }
  const split = partsToCancel(payment, input)
  if ('refused' in split) return split
  deps.books.assertRoom()
  const cancellation = newCancellation(deps, input, split.parts)
  deps.books.record({ kind: 'cancelled', paymentId, cancellation })
  if (input.skipWebhook !== true) tellMerchant(deps, payment, cancellation, cause)
  return { cancellation }
}

function newCancellation(deps: CancelDeps, input: CancelInput, parts: CancelParts): Cancellation {
  return {
    id: randomUUID(),
    pgCancellationId: `sandbox${randomUUID().replaceAll('-', '')}`,
    ...parts,
    reason: input.reason,
    ...(input.requester === undefined ? {} : { requester: input.requester }),
    cancelledAt: new Date(deps.now()).toISOString(),
  }
}

function tellMerchant(deps: CancelDeps, before: Payment, cancellation: Cancellation, cause: Cause): void {
  const payment = deps.books.payments.get(before.id) ?? before
  const type = statusOf(payment) === 'CANCELLED' ? 'Transaction.Cancelled' : 'Transaction.PartialCancelled'
  deps.webhooks.emit(payment, { type, at: cancellation.cancelledAt, cancellationId: cancellation.id }, cause)
}
