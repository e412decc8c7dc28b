/** Seconds until a person is admitted: `p50` in half of the cases, `p90` in nine of ten. */
export interface WaitEstimate {
  readonly p50: number
  readonly p90: number
}

const pollFastestMs = 5_000
const pollSlowestMs = 30_000
const pollUnknownMs = 15_000
const pollsPerWait = 20

/**
 * How long `ahead` people and then this one take at `perSecond`; null when nobody is being admitted. The band is that of
 * admissions that come independently of each other (Poisson): its relative width shrinks towards the end of a long queue.
 */
export function estimateWait(ahead: number, perSecond: number): WaitEstimate | null {
  if (perSecond <= 0) return null
  const people = ahead + 1
  const oneSided90 = 1.2816
  return {
    p50: Math.ceil(people / perSecond),
    p90: Math.ceil((people + oneSided90 * Math.sqrt(people)) / perSecond),
  }
}

/**
 * When to ask again, in ms: rarely while far away, each 5 s near the front (QUEUE-002), and spread by up to a fifth so that
 * those who came together do not all ask together.
 */
export function advisePoll(ahead: number, wait: WaitEstimate | null): number {
  const spread = 1 + 0.2 * ((ahead * 0.618) % 1)
  if (wait === null) return Math.round(pollUnknownMs * spread)
  const wantedMs = (wait.p50 * 1_000) / pollsPerWait
  return Math.round(Math.min(pollSlowestMs, Math.max(pollFastestMs, wantedMs)) * spread)
}
