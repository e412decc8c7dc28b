import { sql } from 'kysely'
import type { Findings } from '../findings.ts'
import { atLeastRatio, byFastify } from '../judge.ts'
import { buyTickets, type PurchaseDeps } from './purchase-deps.ts'

/** What this part finds. */
export const wholePurchasesMeasures = {
  maximum: {
    id: 'P8',
    what: 'whole purchases: enter, turn, seats, hold, pay, confirmed with a ticket number',
    target: '≥ 0.035 D',
  },
} as const

const ratio = 0.035
const bracketPerSecond = 250
/** On the road at once, for each connection of other loads: the more there are, the more of them share what each step costs, as in a sale. */
const peoplePerConnection = 16
/** Seven processes compile what a purchase runs when it has run some thousands of times: until then one costs several times as much. */
const warmUpSecondsMax = 40
/** Seats of each hall suffice for so many people. */
const peoplePerHall = 4_000

/** P8: people buy as fast as it goes; nobody pays for seats that the event service does not show as SOLD in the end. */
export async function wholePurchases(deps: PurchaseDeps): Promise<Findings & { readonly boughtPerSecond: number }> {
  const { machine, options, say } = deps
  const perSecond = machine.commits.perSecond
  const warmUpSeconds = Math.min(warmUpSecondsMax, 2 * options.seconds)
  const seconds = options.seconds + warmUpSeconds
  const people = Math.ceil(ratio * perSecond * seconds * 2)
  const peopleAtOnce = peoplePerConnection * options.connections
  say(`P8: ${peopleAtOnce.toLocaleString('en')} people at a time buy tickets, closed loop`)
  const halls = Math.max(1, Math.ceil(people / peoplePerHall))
  const { load, stepsMs } = await buyTickets(deps, {
    name: 'P8 purchase',
    halls,
    people,
    warmUpSeconds,
    loop: { kind: 'closed', peopleAtOnce },
  })
  const shown = stepsMs.map(({ step, p50, p95 }) => `${step} ${p50.toFixed(0)}/${p95.toFixed(0)}`).join(', ')
  return {
    boughtPerSecond: load.grantedPerSecond,
    findings: [atLeastRatio(wholePurchasesMeasures.maximum, load, { ratio, name: 'D', perSecond })],
    loads: [load],
    notes: [
      byFastify('P8', bracketPerSecond, load, machine.bareFastify),
      `P8: p50/p95 in ms: ${shown}`,
      `P8: ${load.grantedInAll.toLocaleString('en')} people have a ticket number, ${(await countConfirmed(deps)).toLocaleString('en')} reservations are CONFIRMED; that each of their seats is SOLD is one of the invariants`,
    ],
  }
}

async function countConfirmed({ books }: PurchaseDeps): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM reservation_service.reservations WHERE status = 'CONFIRMED'`.execute(
    books.database.db,
  )
  return rows[0]?.count ?? 0
}
