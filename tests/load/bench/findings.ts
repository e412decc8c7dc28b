import type { Stack } from '@ticket-queue/stack'
import type { CheckedRule } from '../../invariants/check-books.ts'
import type { LoadResult } from './load/job.ts'
import type { Machine } from './machine/measure-machine.ts'
import type { BenchOptions } from './options.ts'

/** What a bench is told to reach, as the list shows it. */
export interface Measured {
  /** As in design/performance.md. */
  readonly id: string
  readonly what: string
  readonly target: string
}

/** One target after a run. */
export interface Finding {
  readonly id: string
  readonly what: string
  readonly target: string
  /** The target on this machine, with its unit. */
  readonly wanted: string
  /** As a ratio where the target is one. */
  readonly reached: string
  /** Null: nothing was measured, and the finding counts neither way. */
  readonly met: boolean | null
  /** The bare figure, for comparing runs. */
  readonly value: number | null
}

export interface Findings {
  readonly findings: readonly Finding[]
  readonly loads: readonly LoadResult[]
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[]
  /** Where a system was loaded. */
  readonly books?: readonly CheckedRule[]
}

export interface BenchDeps {
  readonly root: string
  readonly options: BenchOptions
  /** For what the run writes; removed after it. */
  readonly directory: string
  /** Stores of this run alone. */
  readonly stack: Stack
  readonly machine: Machine
  /** Tells the person who waits what is being done. */
  readonly say: (step: string) => void
}

export interface Bench {
  readonly name: string
  readonly measures: readonly Measured[]
  run(deps: BenchDeps): Promise<Findings>
}
