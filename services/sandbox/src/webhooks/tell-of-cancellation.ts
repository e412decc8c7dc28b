import { type Cancellation, type Payment, statusOf } from '../domain/payment.ts'
import type { Books } from '../store/books.ts'
import type { Cause, WebhookSender } from './sender.ts'

/** Tells the merchant what has become of a cancellation; PortOne has no webhook for one that has failed. */
export function tellOfCancellation(
  deps: { readonly books: Books; readonly webhooks: WebhookSender },
  before: Payment,
  cancellation: Cancellation,
  cause: Cause,
): void {
  if (cancellation.status === 'FAILED') return
  const payment = deps.books.payments.get(before.id) ?? before
  const given = statusOf(payment) === 'CANCELLED' ? 'Transaction.Cancelled' : 'Transaction.PartialCancelled'
  const type = cancellation.status === 'REQUESTED' ? 'Transaction.CancelPending' : given
  deps.webhooks.emit(payment, { type, at: cancellation.cancelledAt, cancellationId: cancellation.id }, cause)
}
