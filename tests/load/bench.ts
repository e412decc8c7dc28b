import { dirname } from 'node:path'
import { benches } from './bench/benches.ts'
import { type BenchOptions, readOptions, usage } from './bench/options.ts'
import { listBenches } from './bench/report.ts'
import { runBench } from './bench/run-bench.ts'

const root = dirname(dirname(import.meta.dirname))

try {
  const { names, options } = readOptions(process.argv.slice(2))
  process.exitCode = await main(names, options)
} catch (error) {
  console.error(`\n  ${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
  process.exitCode = 2
}
process.exit()

/** 0: everything ran, whatever the figures are; 1: an invariant is broken. */
async function main(names: readonly string[], options: BenchOptions): Promise<number> {
  if (names.length === 0) {
    console.log(`\n${listBenches(benches)}\n\n${usage}\n\n  F, G, D: what the machine gives to bare programs.\n`)
    return 0
  }
  const chosen = names.map((name) => {
    const bench = benches.find((one) => one.name === name)
    if (!bench) throw new Error(`There is no bench "${name}": ${benches.map((one) => one.name).join(', ')}.`)
    return bench
  })
  let allHold = true
  for (const bench of chosen) allHold = (await runBench(root, bench, options)) && allHold
  return allHold ? 0 : 1
}
