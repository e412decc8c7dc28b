import type { WaitEstimate } from './estimate-wait.ts'

/** How long somebody was told to wait: the horizons are judged apart, because far ones are harder to foresee. */
export const horizons = ['10s', '1min', '5min', '30min', 'longer'] as const

export type Horizon = (typeof horizons)[number]

/** Up to the middle of what was told, up to its nine in ten, or longer than that. */
export type Verdict = 'up_to_p50' | 'up_to_p90' | 'over_p90'

const untilSeconds: Record<Horizon, number> = { '10s': 10, '1min': 60, '5min': 300, '30min': 1_800, longer: 7_200 }

/** The horizon of a wait of so many seconds. */
export const horizonOf = (seconds: number): Horizon =>
  horizons.find((horizon) => seconds <= untilSeconds[horizon]) ?? 'longer'

/** About how long waits of a horizon take at most, in ms. */
export const longestMs = (horizon: Horizon): number => untilSeconds[horizon] * 1_000

/** Whether a wait of `seconds` was as told. */
export function judgeWait({ p50, p90 }: WaitEstimate, seconds: number): Verdict {
  if (seconds <= p50) return 'up_to_p50'
  return seconds <= p90 ? 'up_to_p90' : 'over_p90'
}
