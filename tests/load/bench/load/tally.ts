import type { LoadResult } from './job.ts'
import { percentilesOf } from './percentiles.ts'

/** Counts the answers of one run, granted, refused and failed apart. `counted` is false during the warm-up. */
export interface Tally {
  answered(status: number, latencyMs: number, counted: boolean): void
  failed(reason: string, counted: boolean): void
  dropped(count: number, counted: boolean): void
  result(facts: Pick<LoadResult, 'name' | 'loop' | 'intendedPerSecond' | 'seconds'>): LoadResult
}

/** An empty tally; answers with `grantedStatus` are granted, others below 500 refused, the rest failed. */
export function createTally(grantedStatus: number): Tally {
  const latenciesMs: number[] = []
  const statuses: Record<string, number> = {}
  const failures: Record<string, number> = {}
  const counts = { refused: 0, failed: 0, dropped: 0, grantedInAll: 0 }
  const add = (map: Record<string, number>, key: string) => {
    map[key] = (map[key] ?? 0) + 1
  }
  return {
    answered(status, latencyMs, counted) {
      if (status === grantedStatus) counts.grantedInAll += 1
      if (!counted) return
      add(statuses, String(status))
      if (status === grantedStatus) latenciesMs.push(latencyMs)
      else if (status < 500) counts.refused += 1
      else counts.failed += 1
    },
    failed(reason, counted) {
      if (!counted) return
      add(failures, reason)
      counts.failed += 1
    },
    dropped(count, counted) {
      if (counted) counts.dropped += count
    },
    result: (facts) => ({
      ...facts,
      ...counts,
      granted: latenciesMs.length,
      grantedPerSecond: facts.seconds > 0 ? latenciesMs.length / facts.seconds : 0,
      statuses,
      failures,
      latencyMs: percentilesOf(latenciesMs),
    }),
  }
}
