import { randomUUID } from 'node:crypto'
import type { Log } from '@ticket-queue/service-kit'
import { Agent, request } from 'undici'
import type { WebhookRecord, WebhookSend } from '../domain/book-event.ts'
import type { FaultKind } from '../domain/fault-rule.ts'
import { currentAttempt, type Payment, statusOf } from '../domain/payment.ts'
import { maxWebhookSends } from '../domain/payment-entity.ts'
import { signedHeaders, type TransactionEvent, webhookBody, webhookKey } from '../domain/webhook-message.ts'
import type { Books } from '../store/books.ts'
import type { Faults } from '../store/faults.ts'
import { createTimers } from './timers.ts'

/** The request that made a webhook, for the faults that go by it. */
export interface Cause {
  readonly method: string
  readonly path: string
}

/** Sends webhooks as PortOne does: signed, in no order, again after 1, 4, 16, 64 and 256 minutes (scaled) until a 2xx. */
export interface WebhookSender {
  /** Makes a webhook for each address of the payment and sends it from now on; does not wait. */
  emit(payment: Payment, event: { type: TransactionEvent; at: string; cancellationId?: string }, cause: Cause): void
  /** Sends one webhook once more, at once, and gives it with the result. */
  resend(webhook: WebhookRecord): Promise<WebhookRecord>
  /** Takes up what the books say is unfinished, as after a restart. */
  resume(): void
  /** The address for payments without one of their own; null sends nothing. */
  setUrl(url: string | null): void
  url(): string | null
  /** Forgets everything that waits. */
  reset(): void
  close(): Promise<void>
}

export interface WebhookSettings {
  readonly url: string | null
  readonly secret: string
  /** Scales the pauses between sendings: 1 is PortOne's, 0.001 gives 60 ms, 240 ms, … */
  readonly retryFactor: number
  readonly timeoutMs: number
  readonly sendsAtOnce: number
}

export interface WebhookSenderDeps {
  readonly books: Books
  readonly faults: Faults
  readonly log: Log
  readonly settings: WebhookSettings
  /** Unix ms. */
  readonly now: () => number
  readonly random: () => number
}

const retryMinutes = [1, 4, 16, 64, 256]
const keptAnswerChars = 300
const faultKinds: ReadonlySet<FaultKind> = new Set(['webhook-duplicate', 'webhook-delay', 'webhook-lose'])

export function createWebhookSender(deps: WebhookSenderDeps): WebhookSender {
  const { books, settings } = deps
  const agent = new Agent({ connections: settings.sendsAtOnce, keepAliveTimeout: 10_000 })
  const key = webhookKey(settings.secret)
  const timers = createTimers(settings.sendsAtOnce)
  let defaultUrl = settings.url

  const send = async (id: string, trigger: WebhookSend['trigger']) => {
    const webhook = books.webhooks.get(id)
    if (!webhook) return
    await books.settled()
    const result = await post(deps, agent, key, webhook, trigger)
    // A reset while the answer was on its way has removed the webhook from the books.
    if (books.webhooks.has(id)) books.record({ kind: 'webhook-sent', webhookId: id, send: result })
    return result
  }
  const sendInTurn = async (id: string, trigger: 'AUTO' | 'DUPLICATE') => {
    const result = await send(id, trigger)
    if (result && trigger === 'AUTO') afterSend(id, result)
  }
  const afterSend = (id: string, result: WebhookSend) => {
    const webhook = books.webhooks.get(id)
    if (webhook?.state !== 'PENDING') return
    const state = delivered(result) ? 'SUCCEEDED' : 'FAILED'
    const pauseMs = state === 'FAILED' ? retryPauseMs(webhook, deps) : undefined
    if (pauseMs === undefined) books.record({ kind: 'webhook-ended', webhookId: id, state })
    else timers.run(pauseMs, () => sendInTurn(id, 'AUTO'))
  }
  const plan = (webhook: WebhookRecord, cause: Cause) => {
    const faults = strikingFaults(deps.faults, webhook, cause)
    if (faults.lose) return books.record({ kind: 'webhook-ended', webhookId: webhook.id, state: 'LOST' })
    timers.run(faults.delayMs, () => sendInTurn(webhook.id, 'AUTO'))
    for (let copy = 0; copy < faults.copies; copy += 1) {
      timers.run(faults.delayMs, () => sendInTurn(webhook.id, 'DUPLICATE'))
    }
  }
  return {
    emit: (payment, event, cause) => {
      const urls = payment.noticeUrls.length > 0 ? payment.noticeUrls : defaultUrl === null ? [] : [defaultUrl]
      for (const url of urls) plan(makeWebhook(books, payment, event, url), cause)
    },
    resend: async (webhook) => {
      const result = await send(webhook.id, 'MANUAL')
      if (result && delivered(result) && books.webhooks.get(webhook.id)?.state !== 'SUCCEEDED') {
        books.record({ kind: 'webhook-ended', webhookId: webhook.id, state: 'SUCCEEDED' })
      }
      return books.webhooks.get(webhook.id) ?? webhook
    },
    resume: () => {
      for (const webhook of books.webhooks.values()) {
        if (webhook.state === 'PENDING') timers.run(0, () => sendInTurn(webhook.id, 'AUTO'))
      }
    },
    setUrl: (url) => {
      defaultUrl = url
    },
    url: () => defaultUrl,
    reset: () => {
      timers.clear()
      defaultUrl = settings.url
    },
    close: async () => {
      timers.clear()
      await agent.destroy()
    },
  }
}

function makeWebhook(
  books: Books,
  payment: Payment,
  event: { type: TransactionEvent; at: string; cancellationId?: string },
  url: string,
): WebhookRecord {
  const { id: paymentId, storeId } = payment
  const transactionId = currentAttempt(payment)?.transactionId ?? ''
  const webhook = {
    id: `WH-${randomUUID()}`,
    type: event.type,
    paymentId,
    transactionId,
    ...(event.cancellationId === undefined ? {} : { cancellationId: event.cancellationId }),
    paymentStatus: statusOf(payment) ?? 'READY',
    url,
    body: webhookBody({ ...event, storeId, paymentId, transactionId }),
    createdAt: event.at,
  }
  books.record({ kind: 'webhook-made', webhook })
  return { ...webhook, state: 'PENDING', sends: [] }
}

function strikingFaults(faults: Faults, webhook: WebhookRecord, cause: Cause) {
  const byCause = faults.strike(faultKinds, cause.method, cause.path)
  const byTarget = faults.strike(faultKinds, 'POST', new URL(webhook.url).pathname)
  const effect = { lose: false, delayMs: 0, copies: 0 }
  for (const rule of [...byCause, ...byTarget]) {
    if (rule.kind === 'webhook-lose') effect.lose = true
    if (rule.kind === 'webhook-delay') effect.delayMs += rule.value
    if (rule.kind === 'webhook-duplicate') effect.copies += rule.value
  }
  return effect
}

async function post(
  deps: WebhookSenderDeps,
  agent: Agent,
  key: Buffer,
  webhook: WebhookRecord,
  trigger: WebhookSend['trigger'],
): Promise<WebhookSend> {
  const { now, settings, log } = deps
  const sentAtMs = now()
  const base = { at: new Date(sentAtMs).toISOString(), trigger }
  const signed = signedHeaders(key, {
    id: webhook.id,
    timestampSeconds: Math.floor(sentAtMs / 1000),
    body: webhook.body,
  })
  const begunMs = performance.now()
  const durationMs = () => Math.round(performance.now() - begunMs)
  try {
    const answer = await request(webhook.url, {
      method: 'POST',
      headers: { ...signed, 'content-type': 'application/json', 'user-agent': 'PortOne-Webhook (sandbox)' },
      body: webhook.body,
      dispatcher: agent,
      signal: AbortSignal.timeout(settings.timeoutMs),
    })
    const response = (await answer.body.text()).slice(0, keptAnswerChars)
    return { ...base, durationMs: durationMs(), status: answer.statusCode, response }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.debug({ webhookId: webhook.id, reason }, 'webhook not delivered')
    return { ...base, durationMs: durationMs(), error: reason.slice(0, keptAnswerChars) || 'no answer' }
  }
}

function delivered(send: WebhookSend): boolean {
  return send.status !== undefined && send.status >= 200 && send.status < 300
}

/** Pause before the next sending, with up to 10 % jitter; undefined after the last one. */
function retryPauseMs(webhook: WebhookRecord, deps: WebhookSenderDeps): number | undefined {
  const sent = webhook.sends.filter((send) => send.trigger === 'AUTO').length
  const minutes = sent < maxWebhookSends ? retryMinutes[sent - 1] : undefined
  if (minutes === undefined) return undefined
  return minutes * 60_000 * deps.settings.retryFactor * (1 + deps.random() / 10)
}
