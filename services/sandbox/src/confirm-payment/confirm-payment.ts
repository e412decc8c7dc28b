import { randomUUID } from 'node:crypto'
import { type Attempt, type Payment, paidAttempt } from '../domain/payment.ts'
import type { Books } from '../store/books.ts'
import type { Cause, WebhookSender } from '../webhooks/sender.ts'

export interface ConfirmDeps {
  readonly books: Books
  readonly webhooks: WebhookSender
  readonly storeId: string
  /** Unix ms. */
  readonly now: () => number
}

/** The token of the payment window, and what the merchant wants compared before money moves. */
export interface ConfirmRequest {
  readonly paymentToken: string
  readonly txId?: string | undefined
  readonly currency?: string | undefined
  readonly totalAmount?: number | undefined
  readonly taxFreeAmount?: number | undefined
  readonly isTest?: boolean | undefined
  readonly skipWebhook?: boolean | undefined
}

export type ConfirmRefusal =
  | 'PAYMENT_NOT_FOUND'
  | 'ALREADY_PAID'
  | 'INVALID_PAYMENT_TOKEN'
  | 'INFORMATION_MISMATCH'
  | 'PG_PROVIDER'

/**
 * Manual approval (수동 승인): captures the money of an attempt whose window is done. Only the first of many calls at once
 * captures. An attempt that waited too long fails at the card processor (PG_PROVIDER), as it does in reality.
 */
export function confirmPayment(
  deps: ConfirmDeps,
  paymentId: string,
  request: ConfirmRequest,
  cause: Cause,
): { pgTxId: string; paidAt: string } | { refused: ConfirmRefusal } {
  const payment = deps.books.payments.get(paymentId)
  if (!payment || payment.attempts.length === 0) return { refused: 'PAYMENT_NOT_FOUND' }
  if (paidAttempt(payment)) return { refused: 'ALREADY_PAID' }
  const attempt = payment.attempts.find((one) => one.paymentToken === request.paymentToken && one.status === 'READY')
  if (!attempt) return { refused: 'INVALID_PAYMENT_TOKEN' }
  if (!agrees(attempt, request)) return { refused: 'INFORMATION_MISMATCH' }
  deps.books.assertRoom()
  if (deps.now() > (attempt.confirmBeforeMs ?? Number.POSITIVE_INFINITY)) return expire(deps, payment, attempt, cause)
  return capture(deps, payment, attempt, { cause, quiet: request.skipWebhook === true })
}

function agrees(attempt: Attempt, request: ConfirmRequest): boolean {
  const pairs = [
    [request.txId, attempt.transactionId],
    [request.currency, attempt.currency],
    [request.totalAmount, attempt.totalAmount],
    [request.taxFreeAmount, attempt.taxFreeAmount],
    [request.isTest, attempt.channelType === 'TEST'],
  ]
  return pairs.every(([wanted, actual]) => wanted === undefined || wanted === actual)
}

function capture(
  deps: ConfirmDeps,
  payment: Payment,
  attempt: Attempt,
  { cause, quiet }: { cause: Cause; quiet: boolean },
): { pgTxId: string; paidAt: string } {
  const paidAt = new Date(deps.now()).toISOString()
  const pgTxId = `sandbox${randomUUID().replaceAll('-', '')}`
  const paid = { ...attempt, status: 'PAID' as const, paidBy: 'confirm' as const, statusChangedAt: paidAt, pgTxId }
  deps.books.record({ kind: 'settled', paymentId: payment.id, attempt: paid })
  if (!quiet) emit(deps, payment.id, { type: 'Transaction.Paid', at: paidAt }, cause)
  return { pgTxId, paidAt }
}

function expire(deps: ConfirmDeps, payment: Payment, attempt: Attempt, cause: Cause): { refused: ConfirmRefusal } {
  const at = new Date(deps.now()).toISOString()
  const failure = {
    reason: '결제 승인 시간이 만료되었습니다.',
    pgCode: 'NOT_FOUND_PAYMENT_SESSION',
    pgMessage: '결제 시간이 만료되어 결제 진행 데이터가 존재하지 않습니다.',
  }
  const failed = { ...attempt, status: 'FAILED' as const, statusChangedAt: at, failure }
  deps.books.record({ kind: 'settled', paymentId: payment.id, attempt: failed })
  emit(deps, payment.id, { type: 'Transaction.Failed', at }, cause)
  return { refused: 'PG_PROVIDER' }
}

function emit(
  deps: ConfirmDeps,
  paymentId: string,
  event: { type: 'Transaction.Paid' | 'Transaction.Failed'; at: string },
  cause: Cause,
): void {
  const payment = deps.books.payments.get(paymentId)
  if (payment) deps.webhooks.emit(payment, event, cause)
}
