/** Arrivals of an open loop: the moment each is meant to start does not depend on how the system is doing. */
export interface Arrivals {
  readonly total: number
  /** When an arrival is meant to start, in ms from the beginning of the run. */
  intendedMs(arrival: number): number
  /**
   * Takes everything that has become due by `elapsedMs`, each arrival once: `start` lists those to start now, `late`
   * those the generator itself has kept waiting for more than `lateMaxMs`, which are dropped and must be counted.
   */
  take(elapsedMs: number): { start: number[]; late: number[] }
}

/** Arrivals evenly spaced at `ratePerSecond` over `seconds`, the first at 0. */
export function createArrivals(options: { ratePerSecond: number; seconds: number; lateMaxMs: number }): Arrivals {
  const { ratePerSecond, seconds, lateMaxMs } = options
  const total = Math.floor(ratePerSecond * seconds)
  const intendedMs = (arrival: number) => (arrival * 1_000) / ratePerSecond
  let next = 0
  return {
    total,
    intendedMs,
    take(elapsedMs) {
      const start: number[] = []
      const late: number[] = []
      for (; next < total && intendedMs(next) <= elapsedMs; next += 1) {
        if (elapsedMs - intendedMs(next) > lateMaxMs) late.push(next)
        else start.push(next)
      }
      return { start, late }
    },
  }
}
