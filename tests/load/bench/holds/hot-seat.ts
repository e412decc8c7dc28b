import { join } from 'node:path'
import type { Findings } from '../findings.ts'
import { atMost } from '../judge.ts'
import { runLoad } from '../load/run-load.ts'
import { withMinimalProxy } from '../machine/measure-machine.ts'
import { admitPeople } from '../people/admit-people.ts'
import { ask } from '../program.ts'
import type { AskAtOnceInput, AskedAtOnce } from './ask-at-once.main.ts'
import type { HoldsDeps } from './holds-deps.ts'
import { openHalls } from './open-halls.ts'

/** What this part finds. */
export const hotSeatMeasures = {
  p99: { id: 'P7', what: 'one seat, 500 people in the same moment, p99', target: '< 150 ms' },
  others: { id: 'P7', what: 'answers then that are not one 201 and 499 × 409', target: '0' },
} as const

const people = 500
const askTimeoutMs = 60_000
/** The system has served the other parts before. */
const proxyWarmUpSeconds = 5

/** P7: everybody wants the same seat; the median of the rounds, each with a seat and people of its own. */
export async function hotSeat(deps: HoldsDeps): Promise<Findings> {
  const { gatewayUrl: origin, directory, options, say } = deps
  const rounds: AskedAtOnce[] = []
  for (const [round, { scheduleId, seatIds }] of (await openHalls(deps, options.rounds)).entries()) {
    say(`P7: ${people} people, one seat, round ${round + 1}`)
    const ownPartsFile = join(directory, `hot-seat-${round}.jsonl`)
    const body = { scheduleId, seatIds: seatIds.slice(0, 1) }
    await admitPeople(deps, Array(people).fill({ scheduleId, body }), ownPartsFile)
    const readBefore = `/reservations/seats/${scheduleId}`
    rounds.push(
      await askAtOnce({ origin, method: 'POST', path: '/reservations/hold', readBefore, ownPartsFile, people }),
    )
  }
  say(`P7: ${people} people at the minimal proxy`)
  const bare = await bareRounds(deps)
  return {
    findings: [
      atMost(hotSeatMeasures.p99, medianP99(rounds), 150, 'ms'),
      atMost(
        hotSeatMeasures.others,
        rounds.reduce((sum, { statuses }) => sum + unexpected(statuses), 0),
        0,
        'answers',
      ),
    ],
    loads: [],
    notes: [
      ...rounds.map(
        ({ statuses, latencyMs }, round) =>
          `P7, round ${round + 1}: ${shown(statuses)}; p50 ${latencyMs.p50.toFixed(0)}, p99 ${latencyMs.p99.toFixed(0)}, max ${latencyMs.max.toFixed(0)} ms`,
      ),
      `P7: the minimal proxy (G) answers as many at once on this machine with p99 ${bare.map(({ latencyMs }) => latencyMs.p99.toFixed(0)).join(', ')} ms`,
    ],
  }
}

/** What the least that a gateway does takes here for as many people at once: nothing behind a gateway can be faster. */
const bareRounds = ({ stack, directory, options }: HoldsDeps): Promise<AskedAtOnce[]> =>
  withMinimalProxy(stack, { directory, waiting: options.waiting }, async ({ origin, path, ownPartsFile }) => {
    await runLoad({
      name: 'P7 minimal proxy, warm-up',
      url: origin + path,
      method: 'GET',
      headers: {},
      grantedStatus: 200,
      warmUpSeconds: 0,
      ownPartsFile,
      loop: { kind: 'closed', connections: options.connections, seconds: proxyWarmUpSeconds },
    })
    const asked: AskedAtOnce[] = []
    for (let round = 0; round < options.rounds; round += 1) {
      asked.push(await askAtOnce({ origin, method: 'GET', path, readBefore: path, ownPartsFile, people }))
    }
    return asked
  })

const askAtOnce = (input: AskAtOnceInput) =>
  ask<AskedAtOnce>(new URL('./ask-at-once.main.ts', import.meta.url), input, askTimeoutMs)

function medianP99(rounds: readonly AskedAtOnce[]): number {
  const p99s = rounds.map(({ latencyMs }) => latencyMs.p99).toSorted((a, b) => a - b)
  return p99s[Math.floor((p99s.length - 1) / 2)] ?? Number.NaN
}

const unexpected = ({ 201: made = 0, 409: taken = 0, ...others }: AskedAtOnce['statuses']) =>
  Math.abs(made - 1) + Math.abs(taken - (people - 1)) + Object.values(others).reduce((sum, count) => sum + count, 0)

const shown = (statuses: AskedAtOnce['statuses']) =>
  Object.entries(statuses)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')
