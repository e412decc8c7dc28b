import type { Percentiles } from './percentiles.ts'

/** What one request has of its own; the rest is the job's. */
export interface OwnPart {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** As many requests at a time as there are connections, each followed by the next at once: finds the maximum. */
export interface ClosedLoop {
  readonly kind: 'closed'
  readonly connections: number
  readonly seconds: number
}

/**
 * As the closed loop, but every own part is used exactly once and the loop ends with the last: for what a person does only
 * once, or not again for a while. The first fifth of the answers is the warm-up.
 */
export interface OnceLoop {
  readonly kind: 'once'
  readonly connections: number
}

/** Requests start at a fixed rate whether or not earlier ones have been answered, as a crowd does: finds latencies. */
export interface OpenLoop {
  readonly kind: 'open'
  readonly ratePerSecond: number
  readonly seconds: number
}

/** One run of the load generator. */
export interface LoadJob {
  readonly name: string
  /** Of every request without a path of its own. */
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** The one status that counts as throughput; other answers below 500 are refusals. */
  readonly grantedStatus: number
  /** JSON lines, one `OwnPart` each, taken in turn; absent when all requests are alike. */
  readonly ownPartsFile?: string
  /** Not counted, at the beginning of a loop that lasts for a time. */
  readonly warmUpSeconds: number
  readonly loop: ClosedLoop | OnceLoop | OpenLoop
}

/** What a run has seen after its warm-up. */
export interface LoadResult {
  readonly name: string
  readonly loop: 'closed' | 'once' | 'open'
  /** Of an open loop. */
  readonly intendedPerSecond: number | null
  readonly seconds: number
  readonly grantedPerSecond: number
  readonly granted: number
  readonly refused: number
  readonly failed: number
  /** Arrivals of an open loop that could not be started in time. */
  readonly dropped: number
  readonly statuses: Readonly<Record<string, number>>
  readonly failures: Readonly<Record<string, number>>
  /** Of granted answers: from the start in a closed loop, from the intended start in an open one. */
  readonly latencyMs: Percentiles
  /** Warm-up included, for comparing with what the system has recorded. */
  readonly grantedInAll: number
}
