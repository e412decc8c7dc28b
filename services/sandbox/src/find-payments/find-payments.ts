import { currentAttempt, type Payment, type PaymentStatus, statusOf } from '../domain/payment.ts'
import { type JsonObject, paymentEntity, transactionEntities } from '../domain/payment-entity.ts'
import type { Books } from '../store/books.ts'

export interface FindDeps {
  readonly books: Books
  readonly storeId: string
  /** Unix ms. */
  readonly now: () => number
}

/** Filter of the paged list; PortOne spells PAY_PENDING as PENDING here. Times are ISO 8601, `from` included. */
export interface PaymentFilter {
  readonly timestampType?: 'CREATED_AT' | 'STATUS_CHANGED_AT' | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly status?: readonly string[] | undefined
  readonly isTest?: boolean | undefined
  readonly sortBy?: 'REQUESTED_AT' | 'STATUS_CHANGED_AT' | undefined
  readonly sortOrder?: 'ASC' | 'DESC' | undefined
}

const defaultSpanMs = 90 * 24 * 60 * 60 * 1000

/** PortOne's payment, or null when no window was ever opened for it. */
export function findPayment(deps: FindDeps, paymentId: string): JsonObject | null {
  const payment = deps.books.payments.get(paymentId)
  return (payment && paymentEntity(payment, deps.books.webhooksOf(paymentId))) ?? null
}

/** The attempts of a payment, oldest first, or null as for `findPayment`. */
export function findTransactions(deps: FindDeps, paymentId: string): JsonObject[] | null {
  const payment = deps.books.payments.get(paymentId)
  if (!payment || payment.attempts.length === 0) return null
  return transactionEntities(payment, deps.books.webhooksOf(paymentId))
}

/** One page of the payments that match, newest first unless told otherwise, and how many match in all. */
export function listPayments(
  deps: FindDeps,
  page: { number: number; size: number },
  filter: PaymentFilter,
): { items: JsonObject[]; totalCount: number } {
  const { from, until } = span(deps, filter)
  const byChange = (filter.timestampType ?? 'STATUS_CHANGED_AT') === 'STATUS_CHANGED_AT'
  const matching = [...deps.books.payments.values()].filter((payment) => {
    const at = byChange ? changedAt(payment) : payment.createdAt
    return at !== undefined && at >= from && at <= until && matches(payment, filter)
  })
  const sortKey = filter.sortBy === 'STATUS_CHANGED_AT' ? changedAt : (payment: Payment) => payment.createdAt
  const direction = filter.sortOrder === 'ASC' ? 1 : -1
  matching.sort((a, b) => direction * (compare(sortKey(a), sortKey(b)) || a.sequence - b.sequence))
  const first = page.number * page.size
  return { items: entities(deps, matching.slice(first, first + page.size)), totalCount: matching.length }
}

/** Up to `size` payments made after `cursor`, in the order in which they were made. */
export function listPaymentsByCursor(
  deps: FindDeps,
  query: { from?: string | undefined; until?: string | undefined; cursor?: string | undefined; size: number },
): { payment: JsonObject; cursor: string }[] {
  const { from, until } = span(deps, query)
  const after = query.cursor === undefined ? -1 : Number(Buffer.from(query.cursor, 'base64url').toString())
  const found: { payment: JsonObject; cursor: string }[] = []
  for (const payment of deps.books.payments.values()) {
    if (payment.sequence <= after || payment.createdAt < from || payment.createdAt > until) continue
    const entity = paymentEntity(payment, deps.books.webhooksOf(payment.id))
    if (!entity) continue
    found.push({ payment: entity, cursor: Buffer.from(String(payment.sequence)).toString('base64url') })
    if (found.length === query.size) break
  }
  return found
}

function span(deps: FindDeps, range: { from?: string | undefined; until?: string | undefined }) {
  const untilMs = range.until === undefined ? deps.now() : Date.parse(range.until)
  const fromMs = range.from === undefined ? untilMs - defaultSpanMs : Date.parse(range.from)
  return { from: new Date(fromMs).toISOString(), until: new Date(untilMs).toISOString() }
}

function matches(payment: Payment, filter: PaymentFilter): boolean {
  const attempt = currentAttempt(payment)
  const status = statusOf(payment)
  if (!attempt || !status) return false
  if (filter.isTest !== undefined && filter.isTest !== (attempt.channelType === 'TEST')) return false
  return filter.status === undefined || filter.status.length === 0 || filter.status.includes(filterName(status))
}

function filterName(status: PaymentStatus): string {
  return status === 'PAY_PENDING' ? 'PENDING' : status
}

function changedAt(payment: Payment): string | undefined {
  return payment.cancellations.at(-1)?.cancelledAt ?? currentAttempt(payment)?.statusChangedAt
}

function compare(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  return (a ?? '') < (b ?? '') ? -1 : 1
}

function entities(deps: FindDeps, payments: readonly Payment[]): JsonObject[] {
  return payments.flatMap<JsonObject>((payment) => paymentEntity(payment, deps.books.webhooksOf(payment.id)) ?? [])
}
