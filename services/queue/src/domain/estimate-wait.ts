/** Seconds until a person is admitted: `p50` in half of the cases, `p90` in nine of ten. */
export interface WaitEstimate {
  readonly p50: number
  readonly p90: number
}

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
