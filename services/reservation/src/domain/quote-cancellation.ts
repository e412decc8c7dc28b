import { type CancellationPolicy, cancellationPolicies, type FeeStep } from './cancellation-policies.ts'

/** Tickets somebody may want to give back; `policy` names the terms they were sold under, prices are in won. */
export interface SoldTickets {
  readonly policy: string
  readonly bookedAt: Date
  readonly showStartsAt: Date
  /** The organiser has moved the show since: to another day than it was sold for, or to another hour. */
  readonly isMoved: boolean
  readonly prices: readonly number[]
}

/** `allowedUntil` is the first moment at which it is too late. Fee and refund are in won and together what was paid. */
export type CancellationQuote =
  | { readonly allowedUntil: Date; readonly fee: number; readonly refund: number }
  | { readonly allowedUntil: Date; readonly refused: 'SAME_DAY_CANCEL' | 'CANCEL_CLOSED' }

const dayMs = 86_400_000
const hourMs = 3_600_000

/**
 * What giving tickets back costs at the moment `now` (RSV-006): the one function that tells a buyer the fee before and keeps
 * it after. Each ticket pays for itself, rounded down to whole won. As time passes the fee never falls. Who bought for another time than the show
 * now has pays nothing (decision 0022).
 */
export function quoteCancellation(sold: SoldTickets, now: Date): CancellationQuote {
  const policy = cancellationPolicies[sold.policy]
  if (!policy) throw new Error(`tickets were sold under unknown terms: ${sold.policy}`)
  const day = dayIn(policy)
  const allowedUntil = deadlineOf(policy, sold.showStartsAt)
  const daysBefore = day(sold.showStartsAt) - day(now)
  const step = policy.steps.find((one) => daysBefore >= one.daysBeforeMin)
  if (now >= allowedUntil || !step) {
    return { allowedUntil, refused: daysBefore === 0 ? 'SAME_DAY_CANCEL' : 'CANCEL_CLOSED' }
  }
  const isFresh = step.freeDays !== undefined && day(now) - day(sold.bookedAt) <= step.freeDays
  const isFree = sold.isMoved || isFresh
  const fee = isFree ? 0 : sold.prices.reduce((sum, price) => sum + feeOfTicket(step, price), 0)
  return { allowedUntil, fee, refund: sold.prices.reduce((sum, price) => sum + price, 0) - fee }
}

const feeOfTicket = ({ percent, wonMax = Number.POSITIVE_INFINITY }: FeeStep, price: number): number =>
  Math.min(Math.floor((price * percent) / 100), wonMax)

/** Numbers the days of the policy's place, which begin at its midnight. */
const dayIn =
  ({ utcOffsetHours }: CancellationPolicy) =>
  (at: Date): number =>
    Math.floor((at.getTime() + utcOffsetHours * hourMs) / dayMs)

function deadlineOf(policy: CancellationPolicy, showStartsAt: Date): Date {
  const dayBefore = dayIn(policy)(showStartsAt) - 1
  const hour = isRestDay(policy, dayBefore) ? policy.deadlineHourOnRestDays : policy.deadlineHour
  return new Date(dayBefore * dayMs + (hour - policy.utcOffsetHours) * hourMs)
}

function isRestDay({ holidays }: CancellationPolicy, day: number): boolean {
  const date = new Date(day * dayMs)
  const weekday = date.getUTCDay()
  return weekday === 0 || weekday === 6 || holidays.has(date.toISOString().slice(0, 10))
}
