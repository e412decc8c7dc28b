import type { Findings } from '../findings.ts'
import { atLeastRatio, fasterThan, halfOf } from '../judge.ts'
import { type HoldsDeps, holdAtRate, holdOnceEach, peopleFor } from './holds-deps.ts'

/** What this part finds. */
export const holdBestSeatsMeasures = {
  maximum: {
    id: 'P6',
    what: 'the best 2 seats of a hall of 15,000 through the gateway, granted/s',
    target: '≥ 0.15 D',
  },
  p95: { id: 'P6', what: 'the same at half of that, p95', target: '< 75 ms' },
} as const

const ratio = 0.15
/** So that the last ones still find room beside each other, whatever the others have taken. */
const peopleMax = 7_000

/** Many ask one full-size hall for the best two seats at once, until it is nearly full; then another hall at half the rate. */
export async function holdBestSeats(deps: HoldsDeps): Promise<Findings> {
  const { machine, options, say } = deps
  const perSecond = machine.commits.perSecond
  const comers = Math.min(peopleMax, Math.ceil(ratio * perSecond * options.seconds * 1.25))
  say(`P6: ${comers.toLocaleString('en')} people ask for the best two seats, closed loop`)
  const maximum = await holdOnceEach(deps, 'P6 best', await newcomers(deps, comers))
  const base = { ratio, name: 'D', perSecond }
  const ratePerSecond = halfOf(maximum, base)
  const atHalf = Math.min(peopleMax, peopleFor(deps, ratePerSecond))
  say(`P6: ${atHalf.toLocaleString('en')} more, open loop at ${ratePerSecond}/s`)
  const half = await holdAtRate(deps, 'P6 best at half', { newcomers: await newcomers(deps, atHalf), ratePerSecond })
  return {
    findings: [
      atLeastRatio(holdBestSeatsMeasures.maximum, maximum, base),
      fasterThan(holdBestSeatsMeasures.p95, half, 'p95', 75),
    ],
    loads: [maximum, half],
    notes: [],
  }
}

async function newcomers(deps: HoldsDeps, count: number) {
  const scheduleId = await deps.newSchedule()
  return Array.from({ length: count }, () => ({ scheduleId, body: { scheduleId, best: { count: 2 } } }))
}
