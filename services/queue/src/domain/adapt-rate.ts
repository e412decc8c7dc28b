import type { PaymentLoad } from '@ticket-queue/contracts/http/payment'

/** The limits of an adaptive rate; see `AdaptiveConfig`. */
export interface RateLimits {
  readonly floorPerSecond: number
  readonly ceilingPerSecond: number
  readonly insideTarget: number
  readonly heldMax: number | null
  readonly paymentP95MaxMs: number
  readonly paymentErrorShareMax: number
  readonly increasePerSecond: number | null
  readonly decreaseFactor: number
}

/** What is known of the load at the moment of a decision. */
export interface LoadSignals {
  readonly inside: number
  readonly heldSeats: number
  /** Share (0 to 1) of the people let in lately who never came; null if too few have been seen. */
  readonly noShowShare: number | null
  /** `away`: the payment service gives no answer. `unmeasured`: nobody asks it. */
  readonly payment: PaymentLoad | 'away' | 'unmeasured'
}

/** Why the rate moves or stays. */
export type RateCause =
  | 'PAYMENT_AWAY'
  | 'PAYMENT_ERRORS'
  | 'PAYMENT_SLOW'
  | 'INSIDE_FULL'
  | 'SEATS_HELD'
  | 'ROOM'
  | 'STEADY'

export interface RateDecision {
  readonly perSecond: number
  readonly cause: RateCause
}

/** Fewer payments say nothing about a share or a percentile. */
const confirmationsMin = 10
/** Between these shares of the target the rate stays where it is. */
const steadyFrom = 0.9
const steadyTo = 1.1
/** However many never come, the target is at most doubled. */
const noShowShareMax = 0.5
const increaseSteps = 20

/**
 * Moves an admission rate by one decision: down by a factor under overload, up by a step while there is room (AIMD). The result is
 * never outside floor and ceiling, whatever the rate was before. People who never come take a place inside until their token
 * ends, so the target is raised by their share.
 */
export function adaptRate(limits: RateLimits, perSecond: number, signals: LoadSignals): RateDecision {
  const { floorPerSecond, ceilingPerSecond, insideTarget, decreaseFactor } = limits
  const clamp = (rate: number) => Math.min(Math.max(rate, floorPerSecond), ceilingPerSecond)
  const target = insideTarget / (1 - Math.min(signals.noShowShare ?? 0, noShowShareMax))
  const overload = findOverload(limits, signals, target)
  if (overload !== null) return { perSecond: clamp(clamp(perSecond) * decreaseFactor), cause: overload }
  if (signals.inside >= target * steadyFrom) return { perSecond: clamp(perSecond), cause: 'STEADY' }
  const step = limits.increasePerSecond ?? (ceilingPerSecond - floorPerSecond) / increaseSteps
  return { perSecond: clamp(clamp(perSecond) + step), cause: 'ROOM' }
}

function findOverload(limits: RateLimits, signals: LoadSignals, target: number): RateCause | null {
  const { payment, inside, heldSeats } = signals
  if (payment === 'away') return 'PAYMENT_AWAY'
  if (payment !== 'unmeasured' && payment.confirmations >= confirmationsMin) {
    if ((payment.errorShare ?? 0) > limits.paymentErrorShareMax) return 'PAYMENT_ERRORS'
    if ((payment.confirmP95Ms ?? 0) > limits.paymentP95MaxMs) return 'PAYMENT_SLOW'
  }
  if (inside > target * steadyTo) return 'INSIDE_FULL'
  return limits.heldMax !== null && heldSeats > limits.heldMax ? 'SEATS_HELD' : null
}

/** The batch and interval of a schedule's own, put between floor and ceiling; nothing where the rate does not adapt. */
export function fitBatch(
  { batchSize, intervalMs }: { readonly batchSize: number; readonly intervalMs: number },
  limits: RateLimits | null,
): { batchSize?: number; intervalMs?: number } {
  if (limits === null) return {}
  const perSecond = (batchSize * 1_000) / intervalMs
  if (perSecond >= limits.floorPerSecond && perSecond <= limits.ceilingPerSecond) return {}
  return batchOf(Math.min(Math.max(perSecond, limits.floorPerSecond), limits.ceilingPerSecond), limits)
}

const batchSizeMax = 1_000
const intervalMaxMs = 60_000

/**
 * Gives a rate as batch size and interval, with about a second between batches so that a batch is no burst. Rounding gives at
 * most the rate, unless that is the floor: then at least it, where the ceiling lets it.
 */
export function batchOf(
  perSecond: number,
  { floorPerSecond, ceilingPerSecond }: Pick<RateLimits, 'floorPerSecond' | 'ceilingPerSecond'>,
): { batchSize: number; intervalMs: number } {
  const batchSize = Math.min(Math.max(1, Math.floor(perSecond)), batchSizeMax)
  const exactMs = (batchSize * 1_000) / perSecond
  const slowerMs = Math.min(Math.ceil(exactMs), intervalMaxMs)
  const fasterMs = Math.floor(exactMs)
  const perSecondAt = (intervalMs: number) => (batchSize * 1_000) / intervalMs
  const isTooSlow = perSecondAt(slowerMs) < floorPerSecond && perSecondAt(fasterMs) <= ceilingPerSecond
  return { batchSize, intervalMs: isTooSlow ? fasterMs : slowerMs }
}
