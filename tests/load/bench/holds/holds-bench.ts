import type { Bench } from '../findings.ts'
import { measureParts } from '../measure-parts.ts'
import { holdBestSeats, holdBestSeatsMeasures } from './hold-best-seats.ts'
import { holdChosenSeats, holdChosenSeatsMeasures } from './hold-chosen-seats.ts'
import { hotSeat, hotSeatMeasures } from './hot-seat.ts'

/** P6 and P7 on one system. */
export const holdsBench: Bench = {
  name: 'holds',
  measures: [
    ...Object.values(holdChosenSeatsMeasures),
    ...Object.values(holdBestSeatsMeasures),
    ...Object.values(hotSeatMeasures),
  ],
  run: (deps) => measureParts(deps, async () => ({}), [holdChosenSeats, holdBestSeats, hotSeat]),
}
