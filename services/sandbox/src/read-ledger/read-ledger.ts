import type { WebhookRecord } from '../domain/book-event.ts'
import { cancelledAmount, type Payment, paidAttempt, statusOf, succeeded, sumOf } from '../domain/payment.ts'
import type { Books } from '../store/books.ts'

export interface LedgerPayment {
  readonly paymentId: string
  readonly storeId: string
  /** null while it is only pre-registered. */
  readonly status: string | null
  readonly registration: Payment['registration']
  readonly capturedAmount: number
  readonly cancelledAmount: number
  readonly keptAmount: number
  readonly attempts: readonly unknown[]
  readonly captures: readonly unknown[]
  readonly cancellations: readonly unknown[]
}

/** The books for a checker: what was tried, taken and given back, in won, as they stood at one moment. */
export interface Ledger {
  readonly totals: Record<string, number>
  readonly payments: readonly LedgerPayment[]
  readonly webhooks: readonly WebhookRecord[]
}

/** One consistent view of the books, of one payment or of all. */
export function readLedger(books: Books, paymentId?: string): Ledger {
  const one = paymentId === undefined ? undefined : books.payments.get(paymentId)
  const payments = (paymentId === undefined ? [...books.payments.values()] : one ? [one] : []).map(toLedgerPayment)
  const webhooks = paymentId === undefined ? [...books.webhooks.values()] : books.webhooksOf(paymentId)
  return { totals: totalsOf(payments, webhooks), payments, webhooks }
}

/** The ledger as JSON text in pieces, so that a large one neither fills memory twice nor holds up other requests. */
export async function* ledgerText(ledger: Ledger): AsyncGenerator<string> {
  yield `{"totals":${JSON.stringify(ledger.totals)},"payments":[`
  yield* listText(ledger.payments)
  yield '],"webhooks":['
  yield* listText(ledger.webhooks)
  yield ']}'
}

const itemsPerPiece = 200

async function* listText(items: readonly unknown[]): AsyncGenerator<string> {
  for (let first = 0; first < items.length; first += itemsPerPiece) {
    const piece = JSON.stringify(items.slice(first, first + itemsPerPiece)).slice(1, -1)
    yield first === 0 ? piece : `,${piece}`
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function toLedgerPayment(payment: Payment): LedgerPayment {
  const paid = paidAttempt(payment)
  const capturedAmount = paid?.totalAmount ?? 0
  const cancelled = cancelledAmount(payment)
  return {
    paymentId: payment.id,
    storeId: payment.storeId,
    status: statusOf(payment) ?? null,
    registration: payment.registration,
    capturedAmount,
    cancelledAmount: cancelled,
    keptAmount: capturedAmount - cancelled,
    attempts: payment.attempts.map(({ paymentToken: _secret, ...attempt }) => attempt),
    captures: payment.attempts
      .filter((attempt) => attempt.status === 'PAID')
      .map(({ transactionId, pgTxId, totalAmount, paidBy, statusChangedAt }) => ({
        transactionId,
        pgTxId,
        amount: totalAmount,
        by: paidBy,
        at: statusChangedAt,
      })),
    cancellations: succeeded(payment.cancellations).map(({ id, totalAmount, reason, cancelledAt }) => ({
      id,
      amount: totalAmount,
      reason,
      at: cancelledAt,
    })),
  }
}

function totalsOf(payments: readonly LedgerPayment[], webhooks: readonly WebhookRecord[]): Record<string, number> {
  const inState = (state: WebhookRecord['state']) => webhooks.filter((webhook) => webhook.state === state).length
  return {
    payments: payments.length,
    attempts: sumOf(payments.map((payment) => payment.attempts.length)),
    captures: sumOf(payments.map((payment) => payment.captures.length)),
    cancellations: sumOf(payments.map((payment) => payment.cancellations.length)),
    capturedAmount: sumOf(payments.map((payment) => payment.capturedAmount)),
    cancelledAmount: sumOf(payments.map((payment) => payment.cancelledAmount)),
    keptAmount: sumOf(payments.map((payment) => payment.keptAmount)),
    webhooks: webhooks.length,
    webhooksPending: inState('PENDING'),
    webhooksSucceeded: inState('SUCCEEDED'),
    webhooksFailed: inState('FAILED'),
    webhooksLost: inState('LOST'),
  }
}
