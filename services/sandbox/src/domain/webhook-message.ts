import { createHmac } from 'node:crypto'

export type TransactionEvent =
  | 'Transaction.Ready'
  | 'Transaction.Paid'
  | 'Transaction.PayPending'
  | 'Transaction.Failed'
  | 'Transaction.PartialCancelled'
  | 'Transaction.Cancelled'
  | 'Transaction.CancelPending'

/** The body of a webhook, version 2024-04-25: no amount, so that a receiver has to read the payment again. */
export function webhookBody(event: {
  type: TransactionEvent
  at: string
  storeId: string
  paymentId: string
  transactionId: string
  cancellationId?: string | undefined
}): string {
  const { type, at, storeId, paymentId, transactionId, cancellationId } = event
  return JSON.stringify({ type, timestamp: at, data: { storeId, paymentId, transactionId, cancellationId } })
}

/** The key in a secret: base64, with or without the prefix whsec_. */
export function webhookKey(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
}

/** The three headers of Standard Webhooks for sending `body` at `timestampSeconds` (Unix): HMAC-SHA256 over id.timestamp.body. */
export function signedHeaders(key: Buffer, message: { id: string; timestampSeconds: number; body: string }) {
  const { id, timestampSeconds, body } = message
  const signature = createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampSeconds), 'webhook-signature': `v1,${signature}` }
}
