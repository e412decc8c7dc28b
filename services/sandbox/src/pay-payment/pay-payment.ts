import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { type Attempt, type Customer, type Payment, paidAttempt } from '../domain/payment.ts'
import type { TransactionEvent } from '../domain/webhook-message.ts'
import type { Books } from '../store/books.ts'
import type { Cause, WebhookSender } from '../webhooks/sender.ts'

export interface PayDeps {
  readonly books: Books
  readonly webhooks: WebhookSender
  readonly storeId: string
  readonly channelKey: string
  /** Whether a channel asks for manual approval (수동 승인) when the buyer is done. */
  readonly confirmMode: 'AUTO' | 'MANUAL'
  /** How long a manual approval may be waited for. */
  readonly confirmWindowSeconds: number
  /** Unix ms. */
  readonly now: () => number
}

/** How the buyer leaves the payment window. Amounts in won; what is absent comes from pre-register or the settings. */
export interface PayInput {
  readonly outcome: 'PAID' | 'FAILED' | 'CLOSED' | 'PAY_PENDING'
  readonly totalAmount?: number | undefined
  readonly taxFreeAmount?: number | undefined
  readonly currency?: string | undefined
  readonly confirm?: 'AUTO' | 'MANUAL' | undefined
  readonly channelType?: 'TEST' | 'LIVE' | undefined
  readonly channelKey?: string | undefined
  readonly orderName?: string | undefined
  readonly customer?: Customer | undefined
  readonly customData?: string | undefined
  readonly noticeUrls?: readonly string[] | undefined
  /** When it happened, ISO 8601; now if absent. */
  readonly at?: string | undefined
}

/** What the browser SDK gives back: `paymentToken` with manual approval only, `code` only when it was no success. */
export interface PayResult {
  readonly transactionId: string
  readonly paymentToken?: string
  readonly code?: string
  readonly message?: string
}

export type PayRefusal = 'ALREADY_PAID' | 'AMOUNT_UNKNOWN' | 'TOO_MANY_ATTEMPTS'

const attemptsMax = 50

/**
 * Does what a buyer and PortOne's browser SDK do: opens the window for the payment and leaves it with `outcome`. The sum
 * may differ from what was pre-registered, so that a test can pay a wrong one. An attempt left PAY_PENDING is settled by
 * the next call.
 */
export function payPayment(
  surroundings: PayDeps,
  paymentId: string,
  input: PayInput,
  cause: Cause,
): { result: PayResult } | { refused: PayRefusal } {
  const { at } = input
  const deps = at === undefined ? surroundings : { ...surroundings, now: () => Date.parse(at) }
  const payment = deps.books.payments.get(paymentId)
  if (payment && paidAttempt(payment)) return { refused: 'ALREADY_PAID' }
  const pending = payment?.attempts.find((attempt) => attempt.status === 'PAY_PENDING')
  const opened = pending ?? openAttempt(deps, payment, input)
  if (opened === undefined) return { refused: 'AMOUNT_UNKNOWN' }
  if ((payment?.attempts.length ?? 0) >= attemptsMax) return { refused: 'TOO_MANY_ATTEMPTS' }
  deps.books.assertRoom()
  const attempt = leaveWindow(deps, opened, input)
  if (pending) {
    deps.books.record({ kind: 'settled', paymentId, attempt })
  } else {
    const noticeUrls = [...(input.noticeUrls ?? [])]
    const { storeId } = deps
    deps.books.record({ kind: 'attempted', paymentId, storeId, attempt, noticeUrls, at: attempt.requestedAt })
  }
  tellMerchant(deps, paymentId, attempt, cause)
  return { result: sdkResult(attempt, input.outcome) }
}

function openAttempt(deps: PayDeps, payment: Payment | undefined, input: PayInput): Attempt | undefined {
  const before = payment?.attempts.at(-1)
  const known = payment?.registration
  const totalAmount = input.totalAmount ?? known?.totalAmount ?? before?.totalAmount
  if (totalAmount === undefined) return undefined
  const at = new Date(deps.now()).toISOString()
  return {
    transactionId: uuidv7(),
    status: 'READY',
    totalAmount,
    taxFreeAmount: Math.min(input.taxFreeAmount ?? known?.taxFreeAmount ?? 0, totalAmount),
    currency: input.currency ?? known?.currency ?? 'KRW',
    channelType: input.channelType ?? 'TEST',
    channelKey: input.channelKey ?? deps.channelKey,
    orderName: input.orderName ?? 'sandbox order',
    customer: input.customer ?? {},
    ...(input.customData === undefined ? {} : { customData: input.customData }),
    requestedAt: at,
    statusChangedAt: at,
  }
}

function leaveWindow(deps: PayDeps, opened: Attempt, input: PayInput): Attempt {
  const attempt = { ...opened, statusChangedAt: new Date(deps.now()).toISOString() }
  switch (input.outcome) {
    case 'CLOSED':
      return attempt
    case 'FAILED':
      return { ...attempt, status: 'FAILED', failure: cardRefusal }
    case 'PAY_PENDING':
      return { ...attempt, status: 'PAY_PENDING', pgTxId: newPgTxId() }
    case 'PAID':
      break
  }
  if (opened.status === 'PAY_PENDING' || (input.confirm ?? deps.confirmMode) === 'AUTO') {
    return { ...attempt, status: 'PAID', paidBy: 'window', pgTxId: opened.pgTxId ?? newPgTxId() }
  }
  const confirmBeforeMs = deps.now() + deps.confirmWindowSeconds * 1000
  return { ...attempt, paymentToken: `token-${randomUUID()}`, confirmBeforeMs }
}

const cardRefusal = {
  reason: '카드사에서 승인을 거절했습니다.',
  pgCode: 'REJECT_CARD_PAYMENT',
  pgMessage: '한도초과 혹은 잔액부족으로 결제에 실패했습니다.',
}

const webhookTypes: Record<Attempt['status'], TransactionEvent> = {
  READY: 'Transaction.Ready',
  PAY_PENDING: 'Transaction.PayPending',
  PAID: 'Transaction.Paid',
  FAILED: 'Transaction.Failed',
}

function tellMerchant(deps: PayDeps, paymentId: string, attempt: Attempt, cause: Cause): void {
  const payment = deps.books.payments.get(paymentId)
  if (payment) deps.webhooks.emit(payment, { type: webhookTypes[attempt.status], at: attempt.statusChangedAt }, cause)
}

function sdkResult(attempt: Attempt, outcome: PayInput['outcome']): PayResult {
  const { transactionId, paymentToken } = attempt
  if (outcome === 'FAILED') return { transactionId, code: 'FAILURE_TYPE_PG', message: cardRefusal.pgMessage }
  if (outcome === 'CLOSED')
    return { transactionId, code: 'FAILURE_TYPE_PG', message: '사용자가 결제를 취소하였습니다.' }
  return { transactionId, ...(paymentToken === undefined ? {} : { paymentToken }) }
}

function newPgTxId(): string {
  return `sandbox${randomUUID().replaceAll('-', '')}`
}
