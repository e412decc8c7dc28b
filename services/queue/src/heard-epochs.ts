/**
 * In which epoch of each queue this process has heard of draws. A loss of Redis may have taken a draw that was committed to while this
 * process heard nothing from PostgreSQL: only what it hears in the new epoch says that there is none.
 */
export interface HeardEpochs {
  /** The epoch (µs) of a queue if draws have been asked for, and told, since this process has seen it; else 0. */
  of(scheduleId: string): number
  /** Takes in what a tick has seen. */
  see(scheduleId: string, epochUs: number): void
}

const knownMax = 10_000

/** Gives an empty memory; queues seen longest ago are forgotten first. `askedAtMs`: when draws were asked for that have been told. */
export function createHeardEpochs(askedAtMs: () => number): HeardEpochs {
  const epochs = new Map<string, { epochUs: number; seenAtMs: number }>()
  return {
    of: (scheduleId) => {
      const seen = epochs.get(scheduleId)
      return seen !== undefined && askedAtMs() > seen.seenAtMs ? seen.epochUs : 0
    },
    see: (scheduleId, epochUs) => {
      const before = epochs.get(scheduleId)
      epochs.delete(scheduleId)
      epochs.set(scheduleId, before?.epochUs === epochUs ? before : { epochUs, seenAtMs: performance.now() })
      const [oldest] = epochs.keys()
      if (epochs.size > knownMax && oldest !== undefined) epochs.delete(oldest)
    },
  }
}
