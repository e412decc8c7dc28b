import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type PortonePayment, portonePaymentSchema } from '../domain/portone-payment.ts'
import type { Operation, PortoneAnswer, PortoneRequest, PortoneTransport } from './call-portone.ts'

/** No usable answer came: it may or may not have been done. */
export interface Unknown {
  readonly outcome: 'unknown'
  readonly why: string
  readonly breakerOpen: boolean
}

export type DoneOrNot =
  | { readonly outcome: 'done' }
  /** PortOne's word that it has not been done, by its error type. */
  | { readonly outcome: 'refused'; readonly type: string }
  | Unknown

/** `CREATED_AT`: what was made in the span; `STATUS_CHANGED_AT`: what came in it to the status it has now. */
export type ListedBy = 'CREATED_AT' | 'STATUS_CHANGED_AT'

export interface ListSpan {
  readonly by: ListedBy
  /** Both included. */
  readonly from: Date
  readonly until: Date
  readonly page: number
  /** At most 1,000. */
  readonly size: number
}

export interface ListedPage {
  readonly payments: readonly PortonePayment[]
  /** Of the whole span. */
  readonly totalCount: number
}

/** PortOne shows no further than this into one span. */
export const listedMax = 60_000

export interface Portone {
  /**
   * Fixes the amount (won) of a payment before its window opens: at PortOne once, however many call it at the same time.
   * `refusals`: how often PortOne has refused it, because it gives the same refusal again for three hours to the same request.
   */
  preRegister(paymentId: string, input: { totalAmount: number; refusals: number }): Promise<DoneOrNot>
  read(paymentId: string): Promise<{ outcome: 'found'; payment: PortonePayment } | { outcome: 'absent' } | Unknown>
  /**
   * One page of the payments of a span of time, oldest first; `page` counts from 0. Once the span is over nothing is added to
   * it, but what changes leaves it or moves to its end, and those behind move forward.
   */
  list(span: ListSpan): Promise<{ outcome: 'listed'; page: ListedPage } | Unknown>
  /**
   * Manual confirm (수동 승인). The same token may be sent again: PortOne captures once and gives the same answer. `refusals`:
   * how many of its answers are not to be given again from store.
   */
  confirm(
    paymentId: string,
    input: { paymentToken: string; totalAmount: number; refusals?: number },
  ): Promise<DoneOrNot>
  /**
   * Gives back `amount` (won). `cancellableAmount` is what we believe can still be given back: PortOne refuses if it is
   * not so, which stops a second refund.
   */
  cancel(
    paymentId: string,
    input: { amount: number; cancellableAmount: number; reason: string; idempotencyKey: string },
  ): Promise<DoneOrNot>
  /** Whether an operation is refused at once now, because most of its calls have failed lately. */
  isOpen(operation: Operation): boolean
  close(): Promise<void>
}

const currency = 'KRW'
const outstandingPauseMs = 250
const outstandingTriesMax = 20

const refusalSchema = z.looseObject({ type: z.string().min(1).max(100) })
const listedSchema = z.looseObject({
  items: z.array(portonePaymentSchema),
  page: z.looseObject({ totalCount: z.int().nonnegative() }),
})
const cancelledSchema = z.looseObject({ cancellation: z.looseObject({ status: z.string() }) })

/**
 * PortOne V2 as this service uses it (integrations: pre-register, read, list, confirm, cancel). Never throws for what PortOne
 * does.
 */
export function createPortone(transport: PortoneTransport, { storeId }: { storeId: string }): Portone {
  const path = (paymentId: string, verb = '') => `/payments/${encodeURIComponent(paymentId)}${verb}`
  const post = async (operation: 'pre-register' | 'confirm' | 'cancel', paymentId: string, asked: Asked) =>
    callWhenFree(transport, { operation, method: 'POST', path: path(paymentId, `/${operation}`), ...asked })
  return {
    async preRegister(paymentId, { totalAmount, refusals }) {
      const body = { storeId, totalAmount, currency }
      const idempotencyKey = `pre-register-${paymentId}-${refusals}`
      return doneOrNot(await post('pre-register', paymentId, { body, idempotencyKey }))
    },
    async read(paymentId) {
      const query = `?storeId=${encodeURIComponent(storeId)}`
      return foundOrNot(await transport.call({ operation: 'read', method: 'GET', path: path(paymentId) + query }))
    },
    async list(span) {
      const query = `?requestBody=${encodeURIComponent(JSON.stringify(listBody(storeId, span)))}`
      return listedOrNot(await transport.call({ operation: 'list', method: 'GET', path: `/payments${query}` }))
    },
    async confirm(paymentId, { paymentToken, totalAmount, refusals = 0 }) {
      const body = { paymentToken, storeId, currency, totalAmount }
      const anew = refusals > 0 ? `-${refusals}` : ''
      const idempotencyKey = `confirm-${paymentId}-${digestOf(paymentToken)}${anew}`
      return doneOrNot(await post('confirm', paymentId, { body, idempotencyKey }))
    },
    async cancel(paymentId, { amount, cancellableAmount, reason, idempotencyKey }) {
      const body = { storeId, amount, reason, currentCancellableAmount: cancellableAmount, requester: 'ADMIN' }
      const answer = await post('cancel', paymentId, { body, idempotencyKey })
      const cancelled = doneOrNot(answer)
      return cancelled.outcome === 'done' && answer.outcome === 'answered' ? moneyGoneBack(answer.body) : cancelled
    },
    isOpen: (operation) => transport.isOpen(operation),
    close: () => transport.close(),
  }
}

type Asked = { body: unknown; idempotencyKey?: string }

/** While the first call with this key still runs at PortOne, its answer is waited for: both callers get the same one. */
async function callWhenFree(transport: PortoneTransport, request: PortoneRequest): Promise<PortoneAnswer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await transport.call(request)
    const isOutstanding = answer.outcome === 'answered' && typeOf(answer) === 'IDEMPOTENCY_OUTSTANDING_REQUEST'
    if (!isOutstanding) return answer
    if (tries === outstandingTriesMax) {
      return { outcome: 'unknown', why: 'the same request is still running at PortOne', breakerOpen: false }
    }
    await pause(outstandingPauseMs)
  }
}

function foundOrNot(answer: PortoneAnswer) {
  if (answer.outcome === 'unknown') return answer
  if (answer.status === 404 && typeOf(answer) === 'PAYMENT_NOT_FOUND') return { outcome: 'absent' as const }
  const parsed = portonePaymentSchema.safeParse(answer.body)
  if (answer.status === 200 && parsed.success) return { outcome: 'found' as const, payment: parsed.data }
  const why = `PortOne answered ${answer.status} ${answer.status === 200 ? 'in another shape' : typeOf(answer)} to a read`
  return { outcome: 'unknown' as const, why, breakerOpen: false }
}

const listBody = (storeId: string, { by, from, until, page, size }: ListSpan) => ({
  page: { number: page, size },
  filter: {
    storeId,
    timestampType: by,
    from: from.toISOString(),
    until: until.toISOString(),
    sortBy: by === 'CREATED_AT' ? 'REQUESTED_AT' : by,
    sortOrder: 'ASC',
  },
})

function listedOrNot(answer: PortoneAnswer) {
  if (answer.outcome === 'unknown') return answer
  const parsed = listedSchema.safeParse(answer.body)
  if (answer.status !== 200 || !parsed.success) {
    const why = `PortOne answered ${answer.status} ${answer.status === 200 ? 'in another shape' : typeOf(answer)} to a list`
    return { outcome: 'unknown' as const, why, breakerOpen: false }
  }
  const { items, page } = parsed.data
  return { outcome: 'listed' as const, page: { payments: items, totalCount: page.totalCount } }
}

function doneOrNot(answer: PortoneAnswer): DoneOrNot {
  if (answer.outcome === 'unknown') return answer
  return answer.status >= 200 && answer.status < 300
    ? { outcome: 'done' }
    : { outcome: 'refused', type: typeOf(answer) }
}

/** A cancellation may be taken (REQUESTED) and finished later, or be refused by the card company (FAILED). */
function moneyGoneBack(body: unknown): DoneOrNot {
  const parsed = cancelledSchema.safeParse(body)
  const status = parsed.success ? parsed.data.cancellation.status : 'UNREADABLE'
  if (status === 'SUCCEEDED') return { outcome: 'done' }
  if (status === 'FAILED') return { outcome: 'refused', type: 'CANCELLATION_FAILED' }
  return { outcome: 'unknown', why: `PortOne says the cancellation is ${status.slice(0, 50)}`, breakerOpen: false }
}

function typeOf(answer: { readonly status: number; readonly body: unknown }): string {
  const refusal = refusalSchema.safeParse(answer.body)
  return refusal.success ? refusal.data.type : `HTTP_${answer.status}`
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
