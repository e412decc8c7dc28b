import type { Outflow } from './expect-outflow.ts'

/** Seconds until a person is admitted: `p50` in half of the cases, `p90` in nine of ten. */
export interface WaitEstimate {
  readonly p50: number
  readonly p90: number
}

const oneSided90 = 1.2816

/**
 * How long `ahead` people and then this one take; null when nobody is being admitted. Those who give up ahead shorten the way:
 * of n places, perSecond + leaving × n go each second (Erlang A), which takes ln(1 + leaving × n / perSecond) / leaving.
 * The band is that of places that go independently of each other (Poisson), or as unevenly as they did where that is wider,
 * and of a rate that is known from `measuredOn` places; its relative width shrinks towards the end of a long queue.
 */
export function estimateWait(
  ahead: number,
  { perSecond, leavingPerSecond, dispersion, measuredOn }: Outflow,
): WaitEstimate | null {
  if (perSecond <= 0) return null
  const places = ahead + 1
  const seconds = (count: number) =>
    leavingPerSecond > 0 ? Math.log1p((leavingPerSecond * count) / perSecond) / leavingPerSecond : count / perSecond
  const variance = places * dispersion * (1 + (measuredOn === null ? 0 : places / measuredOn))
  return { p50: Math.ceil(seconds(places)), p90: Math.ceil(seconds(places + oneSided90 * Math.sqrt(variance))) }
}
