import type { Books } from '../store/books.ts'
import type { Cause, WebhookSender } from '../webhooks/sender.ts'
import { tellOfCancellation } from '../webhooks/tell-of-cancellation.ts'

export interface EndCancellationsDeps {
  readonly books: Books
  readonly webhooks: WebhookSender
  /** Unix ms. */
  readonly now: () => number
}

/** Does what a card processor does later: all cancellations of a payment that are REQUESTED end so. Gives how many there were. */
export function endCancellations(
  deps: EndCancellationsDeps,
  paymentId: string,
  { outcome, cause }: { outcome: 'SUCCEEDED' | 'FAILED'; cause: Cause },
): number {
  const payment = deps.books.payments.get(paymentId)
  const requested = payment?.cancellations.filter((cancellation) => cancellation.status === 'REQUESTED') ?? []
  for (const one of requested) {
    const cancellation = { ...one, status: outcome, cancelledAt: new Date(deps.now()).toISOString() }
    deps.books.record({ kind: 'cancellation-ended', paymentId, cancellation })
    if (payment) tellOfCancellation(deps, payment, cancellation, cause)
  }
  return requested.length
}
