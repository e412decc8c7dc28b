import type { Answer, BookEvent, OauthUser, Verification, WebhookRecord } from '../domain/book-event.ts'
import type { Payment } from '../domain/payment.ts'

/** What the books hold in memory. Only `applyEvent` changes it, so that a replayed file gives the same books. */
export interface BookState {
  readonly payments: Map<string, Payment>
  readonly webhooks: Map<string, WebhookRecord>
  /** Webhook IDs by payment, oldest first. */
  readonly webhookIds: Map<string, string[]>
  readonly verifications: Map<string, Verification>
  readonly users: Map<string, OauthUser>
  readonly answers: Map<string, Answer>
  /** Everything kept, counted one each: what MAX_ENTRIES bounds. */
  entries: number
}

/** The key of a user in the books: a subject is unique within its provider only. */
export function userKey(provider: string, id: string): string {
  return `${provider}:${id}`
}

/** Books in which nothing has happened. */
export function emptyState(): BookState {
  return {
    payments: new Map(),
    webhooks: new Map(),
    webhookIds: new Map(),
    verifications: new Map(),
    users: new Map(),
    answers: new Map(),
    entries: 0,
  }
}

/** Makes `event` true in `state`. Throws when the event speaks of a payment that the books do not know. */
export function applyEvent(state: BookState, event: BookEvent): void {
  if (event.kind !== 'settled' && event.kind !== 'cancellation-ended' && event.kind !== 'webhook-ended')
    state.entries += 1
  switch (event.kind) {
    case 'registered':
    case 'attempted':
    case 'settled':
    case 'cancelled':
    case 'cancellation-ended':
      state.payments.set(event.paymentId, nextPayment(state, event))
      return
    case 'webhook-made':
    case 'webhook-sent':
    case 'webhook-ended':
      applyWebhookEvent(state, event)
      return
    case 'verified':
      state.verifications.set(event.verification.id, event.verification)
      return
    case 'user-added':
      state.users.set(userKey(event.user.provider, event.user.id), event.user)
      return
    case 'answered':
      // Removed first, so that the answers lie in the order in which they were given.
      if (state.answers.delete(event.key)) state.entries -= 1
      state.answers.set(event.key, event.answer)
      return
    default:
      event satisfies never
  }
}

type PaymentEvent = Extract<
  BookEvent,
  { kind: 'registered' | 'attempted' | 'settled' | 'cancelled' | 'cancellation-ended' }
>
type WebhookEvent = Extract<BookEvent, { kind: 'webhook-made' | 'webhook-sent' | 'webhook-ended' }>

function nextPayment(state: BookState, event: PaymentEvent): Payment {
  const known = state.payments.get(event.paymentId)
  if (event.kind === 'registered') {
    return { ...(known ?? newPayment(state, event)), registration: event.registration }
  }
  if (event.kind === 'attempted') {
    const payment = known ?? newPayment(state, event)
    const noticeUrls = event.noticeUrls.length > 0 ? event.noticeUrls : payment.noticeUrls
    return { ...payment, noticeUrls, attempts: [...payment.attempts, event.attempt] }
  }
  if (!known) throw new Error(`payment ${event.paymentId} is ${event.kind}, yet the books do not know it`)
  if (event.kind === 'cancelled') return { ...known, cancellations: [...known.cancellations, event.cancellation] }
  if (event.kind === 'cancellation-ended') {
    const { cancellation } = event
    const cancellations = known.cancellations.map((one) => (one.id === cancellation.id ? cancellation : one))
    return { ...known, cancellations }
  }
  const { attempt } = event
  const attempts = known.attempts.map((one) => (one.transactionId === attempt.transactionId ? attempt : one))
  return { ...known, attempts }
}

function newPayment(state: BookState, event: { paymentId: string; storeId: string; at: string }): Payment {
  return {
    id: event.paymentId,
    storeId: event.storeId,
    sequence: state.payments.size,
    createdAt: event.at,
    registration: null,
    attempts: [],
    cancellations: [],
    noticeUrls: [],
  }
}

function applyWebhookEvent(state: BookState, event: WebhookEvent): void {
  if (event.kind === 'webhook-made') {
    const { webhook } = event
    state.webhooks.set(webhook.id, { ...webhook, state: 'PENDING', sends: [] })
    const ids = state.webhookIds.get(webhook.paymentId)
    if (ids) ids.push(webhook.id)
    else state.webhookIds.set(webhook.paymentId, [webhook.id])
    return
  }
  const known = state.webhooks.get(event.webhookId)
  if (!known) throw new Error(`webhook ${event.webhookId} was sent, yet the books do not know it`)
  const next = event.kind === 'webhook-sent' ? { sends: [...known.sends, event.send] } : { state: event.state }
  state.webhooks.set(known.id, { ...known, ...next })
}
