import type { WebhookRecord } from '../domain/book-event.ts'
import type { Books } from '../store/books.ts'
import type { WebhookSender } from '../webhooks/sender.ts'

export interface ResendDeps {
  readonly books: Books
  readonly webhooks: WebhookSender
  readonly storeId: string
}

const manualSendsMax = 5

/** Sends a webhook of the payment again by hand, the latest one unless told which, and gives it with the result. */
export async function resendWebhook(
  deps: ResendDeps,
  paymentId: string,
  webhookId: string | undefined,
): Promise<
  | { webhook: WebhookRecord }
  | { refused: 'PAYMENT_NOT_FOUND' | 'WEBHOOK_NOT_FOUND' | 'MAX_WEBHOOK_RETRY_COUNT_REACHED' }
> {
  const payment = deps.books.payments.get(paymentId)
  if (!payment || payment.attempts.length === 0) return { refused: 'PAYMENT_NOT_FOUND' }
  const sent = deps.books.webhooksOf(paymentId)
  const webhook = webhookId === undefined ? sent.at(-1) : sent.find((one) => one.id === webhookId)
  if (!webhook) return { refused: 'WEBHOOK_NOT_FOUND' }
  const byHand = webhook.sends.filter((send) => send.trigger === 'MANUAL').length
  if (byHand >= manualSendsMax) return { refused: 'MAX_WEBHOOK_RETRY_COUNT_REACHED' }
  return { webhook: await deps.webhooks.resend(webhook) }
}
