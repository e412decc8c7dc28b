import { randomUUID } from 'node:crypto'
import type { FaultKind } from '../domain/fault-rule.ts'
import { type CancelParts, type CancelRefusal, type CancelRequest, partsToCancel } from '../domain/money-parts.ts'
import type { Cancellation } from '../domain/payment.ts'
import type { Books } from '../store/books.ts'
import type { Faults } from '../store/faults.ts'
import type { Cause, WebhookSender } from '../webhooks/sender.ts'
import { tellOfCancellation } from '../webhooks/tell-of-cancellation.ts'

export interface CancelDeps {
  readonly books: Books
  readonly webhooks: WebhookSender
  readonly faults: Faults
  readonly storeId: string
  /** Unix ms. */
  readonly now: () => number
}

export interface CancelInput extends CancelRequest {
  readonly reason: string
  readonly requester?: 'CUSTOMER' | 'ADMIN' | undefined
  readonly skipWebhook?: boolean | undefined
}

const laterKinds: ReadonlySet<FaultKind> = new Set(['cancel-later'])

/**
 * Gives money back, in whole or in part, at once; `currentCancellableAmount` makes a repeated call harmless. Where a rule says
 * so it is only REQUESTED, as with some card processors, until `endCancellations` ends it.
 */
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
  const isLater = deps.faults.strike(laterKinds, cause.method, cause.path).length > 0
  const cancellation = newCancellation(deps, input, { ...split.parts, status: isLater ? 'REQUESTED' : 'SUCCEEDED' })
  deps.books.record({ kind: 'cancelled', paymentId, cancellation })
  if (input.skipWebhook !== true) tellOfCancellation(deps, payment, cancellation, cause)
  return { cancellation }
}

function newCancellation(
  deps: CancelDeps,
  input: CancelInput,
  parts: CancelParts & Pick<Cancellation, 'status'>,
): Cancellation {
  return {
    id: randomUUID(),
    pgCancellationId: `sandbox${randomUUID().replaceAll('-', '')}`,
    ...parts,
    reason: input.reason,
    ...(input.requester === undefined ? {} : { requester: input.requester }),
    cancelledAt: new Date(deps.now()).toISOString(),
  }
}
