import { untilSettled } from '../../invariants/until-settled.ts'
import { type BenchSystem, startBenchSystem } from './bench-system.ts'
import type { BenchDeps, Findings } from './findings.ts'

/** One measurement of a bench that loads a whole system. */
export type Part<Deps> = (deps: Deps) => Promise<Omit<Findings, 'books'>>

const settleTimeoutMs = 60_000

/**
 * Starts a system, prepares it, measures the parts one after another, lets everything settle and checks the invariants.
 * Gives what all parts found, in their order.
 */
export async function measureParts<Prepared extends object>(
  deps: BenchDeps,
  prepare: (own: BenchSystem) => Promise<Prepared>,
  parts: readonly Part<BenchDeps & BenchSystem & Prepared>[],
): Promise<Findings> {
  const own = await startBenchSystem(deps)
  try {
    const prepared = await prepare(own)
    const results = []
    for (const part of parts) results.push(await part({ ...deps, ...own, ...prepared }))
    deps.say('checking the invariants')
    const books = await untilSettled(own.books, settleTimeoutMs)
    return {
      findings: results.flatMap(({ findings }) => findings),
      loads: results.flatMap(({ loads }) => loads),
      notes: results.flatMap(({ notes }) => notes),
      books,
    }
  } finally {
    await own.stop()
  }
}
