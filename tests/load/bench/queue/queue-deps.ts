import type { BenchSystem } from '../bench-system.ts'
import type { BenchDeps } from '../findings.ts'

/** What each part of the queue bench gets. */
export interface QueueDeps extends BenchDeps, BenchSystem {
  /** Who waits for the event on sale, in the order of the queue. */
  readonly people: readonly string[]
  /** For how long after being answered nobody has been told to ask again. */
  readonly pollAfterMaxMs: number
}
