import { untilSettled } from '../../../invariants/until-settled.ts'
import { startBenchSystem } from '../bench-system.ts'
import type { Bench, Findings } from '../findings.ts'
import { holdBestSeats, holdBestSeatsMeasures } from './hold-best-seats.ts'
import { holdChosenSeats, holdChosenSeatsMeasures } from './hold-chosen-seats.ts'
import type { HoldsDeps } from './holds-deps.ts'
import { hotSeat, hotSeatMeasures } from './hot-seat.ts'

type Part = (deps: HoldsDeps) => Promise<Omit<Findings, 'books'>>

const settleTimeoutMs = 60_000
const parts: readonly Part[] = [holdChosenSeats, holdBestSeats, hotSeat]

/** P6 and P7 on one system. */
export const holdsBench: Bench = {
  name: 'holds',
  measures: [
    ...Object.values(holdChosenSeatsMeasures),
    ...Object.values(holdBestSeatsMeasures),
    ...Object.values(hotSeatMeasures),
  ],
  async run(deps) {
    const own = await startBenchSystem(deps)
    try {
      const results = []
      for (const part of parts) results.push(await part({ ...deps, ...own }))
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
  },
}
