/** What one look at a schedule's queue showed. */
export interface Sample {
  /** On a clock that only goes forward. */
  readonly atMs: number
  readonly admittedTotal: number
  /** Admission was neither paused nor held back, and the queue not closed. */
  readonly isOpen: boolean
}

/** How far back a measured rate looks. */
export const windowMs = 15_000

const spacingMs = 1_000

/**
 * Adds a sample, at most one a second, and forgets those that are out of the window, from before a loss of the counter, or from before
 * admission was stopped or went on again: they say nothing of the rate since.
 */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1)
  if (last !== undefined && (sample.admittedTotal < last.admittedTotal || sample.isOpen !== last.isOpen))
    return [sample]
  if (last !== undefined && sample.atMs - last.atMs < spacingMs) return samples
  return [...samples.filter(({ atMs }) => sample.atMs - atMs <= windowMs), sample]
}

/** People admitted per second lately, 0 if nothing was seen. */
export function measuredRate(samples: readonly Sample[], nowMs: number): number {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || nowMs - last.atMs > windowMs) return 0
  const seconds = Math.max(last.atMs - first.atMs, spacingMs) / 1_000
  return (last.admittedTotal - first.admittedTotal) / seconds
}
