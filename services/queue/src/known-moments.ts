/** The latest moment (µs) of each schedule's queue that this process has seen: shows the scripts that Redis has lost something. */
export interface KnownMoments {
  /** 0 for a queue that this process has not seen. */
  of(scheduleId: string): number
  see(scheduleId: string, momentUs: number): void
}

const knownMax = 10_000

/** Gives an empty memory; queues seen longest ago are forgotten first. */
export function createKnownMoments(): KnownMoments {
  const moments = new Map<string, number>()
  return {
    of: (scheduleId) => moments.get(scheduleId) ?? 0,
    see: (scheduleId, momentUs) => {
      const latest = Math.max(momentUs, moments.get(scheduleId) ?? 0)
      moments.delete(scheduleId)
      moments.set(scheduleId, latest)
      const [oldest] = moments.keys()
      if (moments.size > knownMax && oldest !== undefined) moments.delete(oldest)
    },
  }
}
