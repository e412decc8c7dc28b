import type { WebhookRecord, WebhookSend } from './book-event.ts'
import { vatOf } from './money-parts.ts'
import {
  type Attempt,
  type Cancellation,
  currentAttempt,
  type Payment,
  type PaymentStatus,
  statusOfPaid,
  succeeded,
  sumOf,
} from './payment.ts'

export type JsonObject = { readonly [key: string]: unknown }

/** What PortOne adds to each webhook's history on top of the sends themselves. */
export const maxWebhookSends = 6

/**
 * PortOne's Payment object of `payment`, by the status of its current attempt. Undefined before the first attempt:
 * PortOne answers PAYMENT_NOT_FOUND for what is only pre-registered.
 */
export function paymentEntity(payment: Payment, webhooks: readonly WebhookRecord[]): JsonObject | undefined {
  const attempt = currentAttempt(payment)
  if (!attempt) return undefined
  const parts = entityParts(payment, attempt, webhooks)
  return {
    status: parts.status,
    id: payment.id,
    transactionId: attempt.transactionId,
    ...parts.head,
    origin: { platformType: 'PC', ipAddress: '127.0.0.1' },
    ...parts.tail,
    ...(parts.status === 'PAID' ? { disputes: [] } : {}),
  }
}

/** PortOne's PaymentTransaction objects: one for each attempt, oldest first. */
export function transactionEntities(payment: Payment, webhooks: readonly WebhookRecord[]): JsonObject[] {
  return payment.attempts.map((attempt) => {
    const parts = entityParts(payment, attempt, webhooks)
    return {
      status: parts.status,
      id: attempt.transactionId,
      paymentId: payment.id,
      ...parts.head,
      ...parts.tail,
    }
  })
}

/** PortOne's PaymentCancellation. */
export function cancellationEntity(cancellation: Cancellation): JsonObject {
  const { cancelledAt, requester: _requester, id, status, pgCancellationId, reason, ...amounts } = cancellation
  return {
    status,
    id,
    pgCancellationId,
    ...amounts,
    reason,
    ...(status === 'SUCCEEDED' ? { cancelledAt } : {}),
    requestedAt: cancelledAt,
    trigger: 'API',
  }
}

/** PortOne's PaymentWebhook. */
export function webhookEntity(webhook: WebhookRecord): JsonObject {
  const last = webhook.sends.at(-1)
  return {
    paymentStatus: webhook.paymentStatus,
    id: webhook.id,
    ...(last ? { status: sendStatus(last) } : {}),
    url: webhook.url,
    isAsync: false,
    currentExecutionCount: webhook.sends.length,
    maxExecutionCount: maxWebhookSends,
    ...(last?.trigger === 'MANUAL' ? { trigger: 'MANUAL' } : {}),
    request: { body: webhook.body, ...(last ? { requestedAt: last.at } : {}) },
    ...(last?.status === undefined
      ? {}
      : { response: { code: String(last.status), header: '', body: last.response ?? '', respondedAt: last.at } }),
    triggeredAt: webhook.createdAt,
  }
}

function sendStatus(send: WebhookSend): string {
  if (send.status === undefined) return 'FAILED_UNEXPECTED_ERROR'
  return send.status >= 200 && send.status < 300 ? 'SUCCEEDED' : 'FAILED_NOT_OK_RESPONSE'
}

function entityParts(payment: Payment, attempt: Attempt, webhooks: readonly WebhookRecord[]) {
  const taken = attempt.status === 'PAID'
  const cancellations = taken ? payment.cancellations : []
  const status = taken ? statusOfPaid(attempt, cancellations) : attempt.status
  const changedAt = cancellations.at(-1)?.cancelledAt ?? attempt.statusChangedAt
  const own = webhooks.filter((webhook) => webhook.transactionId === attempt.transactionId)
  const head = {
    merchantId: 'merchant-sandbox',
    storeId: payment.storeId,
    ...(taken ? { method: cardMethod(attempt) } : {}),
    channel: channelEntity(attempt),
    version: 'V2',
    ...(own.length > 0 ? { webhooks: own.map(webhookEntity) } : {}),
    requestedAt: attempt.requestedAt,
    updatedAt: changedAt,
    statusChangedAt: changedAt,
    orderName: attempt.orderName,
    amount: amountEntity(attempt, cancellations),
    currency: attempt.currency,
    customer: attempt.customer,
  }
  const customData = attempt.customData === undefined ? {} : { customData: attempt.customData }
  return { status, head, tail: { ...customData, ...statusPart(status, attempt, cancellations) } }
}

function statusPart(status: PaymentStatus, attempt: Attempt, cancellations: readonly Cancellation[]): JsonObject {
  if (status === 'READY') return {}
  if (status === 'PAY_PENDING') return { pgTxId: attempt.pgTxId }
  if (status === 'FAILED') return { failedAt: attempt.statusChangedAt, failure: attempt.failure ?? {} }
  const paid = {
    paidAt: attempt.statusChangedAt,
    pgTxId: attempt.pgTxId,
    pgResponse: JSON.stringify({ resultCode: '0000', approveNo: attempt.pgTxId, totalAmount: attempt.totalAmount }),
    receiptUrl: `https://receipt.sandbox.invalid/${attempt.transactionId}`,
  }
  const told = cancellations.map(cancellationEntity)
  if (status === 'PAID') return { ...paid, ...(told.length > 0 ? { cancellations: told } : {}) }
  const { pgResponse: _pgResponse, ...kept } = paid
  return {
    ...kept,
    cancellations: told,
    cancelledAt: succeeded(cancellations).at(-1)?.cancelledAt,
  }
}

function amountEntity(attempt: Attempt, cancellations: readonly Cancellation[]): JsonObject {
  const vat = vatOf(attempt.totalAmount - attempt.taxFreeAmount)
  const given = succeeded(cancellations)
  const cancelled = sumOf(given.map((cancellation) => cancellation.totalAmount))
  return {
    total: attempt.totalAmount,
    taxFree: attempt.taxFreeAmount,
    vat,
    supply: attempt.totalAmount - attempt.taxFreeAmount - vat,
    discount: 0,
    paid: attempt.status === 'PAID' ? attempt.totalAmount - cancelled : 0,
    cancelled,
    cancelledTaxFree: sumOf(given.map((cancellation) => cancellation.taxFreeAmount)),
  }
}

function channelEntity(attempt: Attempt): JsonObject {
  return {
    type: attempt.channelType,
    id: `channel-id-${attempt.channelKey}`,
    key: attempt.channelKey,
    name: 'sandbox',
    pgProvider: 'TOSSPAYMENTS',
    pgMerchantId: 'sandbox-merchant',
  }
}

function cardMethod(attempt: Attempt): JsonObject {
  return {
    type: 'PaymentMethodCard',
    card: {
      publisher: 'SHINHAN_CARD',
      issuer: 'SHINHAN_CARD',
      brand: 'LOCAL',
      type: 'CREDIT',
      ownerType: 'PERSONAL',
      bin: '40000000',
      name: '신한카드',
      number: '40000000****000*',
    },
    approvalNumber: attempt.pgTxId?.slice(-8),
    installment: { month: 0, isInterestFree: false },
    pointUsed: false,
  }
}
