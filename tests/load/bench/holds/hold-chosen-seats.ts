import { sql } from 'kysely'
import { readEventLoopDelayMs } from '../event-loop-delay.ts'
import type { Findings } from '../findings.ts'
import { atLeastRatio, atMost, byFastify, fasterThan, halfOf } from '../judge.ts'
import type { LoadResult } from '../load/job.ts'
import { type HoldsDeps, holdAtRate, holdOnceEach, peopleFor } from './holds-deps.ts'
import { openHalls, type Pair } from './open-halls.ts'

/** What this part finds. */
export const holdChosenSeatsMeasures = {
  maximum: {
    id: 'P6',
    what: 'POST /reservations/hold of 2 chosen seats through the gateway, granted/s',
    target: '≥ 0.20 D',
  },
  p95: { id: 'P6', what: 'the same at half of that, p95', target: '< 50 ms' },
  delay: { id: 'P6', what: 'event-loop delay of the reservation service then, p99', target: '≤ 30 ms' },
} as const

const ratio = 0.2
const bracketPerSecond = 1_450
const peopleMax = 60_000

/** P6: each of many people holds two free seats of their own; first as fast as it goes, then at half of that. */
export async function holdChosenSeats(deps: HoldsDeps): Promise<Findings> {
  const { machine, options, say } = deps
  const perSecond = machine.commits.perSecond
  const comers = Math.min(peopleMax, Math.ceil(ratio * perSecond * options.seconds * 1.25))
  say(`P6: ${comers.toLocaleString('en')} people hold two seats each, closed loop`)
  const maximum = await holdOnceEach(deps, 'P6 hold', (await openHalls(deps, comers)).map(wishOf))
  const base = { ratio, name: 'D', perSecond }
  const ratePerSecond = halfOf(maximum, base)
  const atHalf = Math.min(peopleMax, peopleFor(deps, ratePerSecond))
  say(`P6: ${atHalf.toLocaleString('en')} more, open loop at ${ratePerSecond}/s`)
  const newcomers = (await openHalls(deps, atHalf)).map(wishOf)
  await readEventLoopDelayMs(deps.system, 'reservation')
  const half = await holdAtRate(deps, 'P6 hold at half', { newcomers, ratePerSecond })
  const delay = await readEventLoopDelayMs(deps.system, 'reservation')
  return {
    findings: [
      atLeastRatio(holdChosenSeatsMeasures.maximum, maximum, base),
      fasterThan(holdChosenSeatsMeasures.p95, half, 'p95', 50),
      atMost(holdChosenSeatsMeasures.delay, delay, 30, 'ms'),
    ],
    loads: [maximum, half],
    notes: [await compare(deps, [maximum, half]), byFastify('P6', bracketPerSecond, maximum, machine.bareFastify)],
  }
}

const wishOf = ({ scheduleId, seatIds }: Pair) => ({ scheduleId, body: { scheduleId, seatIds } })

/** What was granted and is in no row would be a lie told at speed. */
async function compare({ books }: HoldsDeps, loads: readonly LoadResult[]): Promise<string> {
  const granted = loads.reduce((sum, load) => sum + load.grantedInAll, 0)
  const written = await countHolds(books)
  return `P6: ${granted.toLocaleString('en')} were told that they hold seats, ${written.toLocaleString('en')} reservations are there`
}

async function countHolds({ database }: HoldsDeps['books']): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM reservation_service.reservations`.execute(database.db)
  return rows[0]?.count ?? 0
}
