import type { BenchSystem } from '../bench-system.ts'
import type { BenchDeps } from '../findings.ts'

/** What each part of the catalogue bench gets. */
export interface CatalogueDeps extends BenchDeps, BenchSystem {
  /** The demo event on sale. */
  readonly eventId: string
}
