import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { BenchSystem } from '../bench-system.ts'
import { readEventLoopDelayMs } from '../event-loop-delay.ts'
import type { Bench, BenchDeps, Findings } from '../findings.ts'
import { atMost, fasterThan } from '../judge.ts'
import type { LoadResult } from '../load/job.ts'
import { runLoad } from '../load/run-load.ts'
import { warmUpSecondsOf } from '../machine/measure-machine.ts'
import { measureParts } from '../measure-parts.ts'
import { admitPeople } from '../people/admit-people.ts'
import { ask } from '../program.ts'
import { changeHolds } from './change-holds.ts'
import type { ReadSeatsInput, SeatReadings } from './read-seats.main.ts'

const measures = {
  bytes: { id: 'P12', what: 'seat states of 15,000 seats as bitmap, body', target: '≤ 6 KB' },
  p95: {
    id: 'P12',
    what: 'refresh through the gateway while holds change, at half the maximum, p95',
    target: '< 20 ms',
  },
  unchanged: { id: 'P12', what: 'refreshes of an unchanged hall that are not 304', target: '0 %' },
  quietP95: { id: 'P12', what: 'the same at the same rate, p95', target: '< 20 ms' },
  gatewayDelay: { id: 'P12', what: 'event-loop delay of the gateway while holds change, p99', target: '≤ 30 ms' },
  seatsDelay: { id: 'P12', what: 'event-loop delay of the reservation service then, p99', target: '≤ 30 ms' },
} as const

const readersMax = 5_000
/** A reader comes back after so long, if the rate has room for all; else fewer ask, each as often. */
const everySeconds = 5
const changesPerSecond = 50
const heldMax = 600
/** Until a hall that nobody changes has been looked at once more. */
const quietMs = 2_000

/** The state part of P12: thousands who refresh the seats of a full-size hall, while holds change and while nothing does. */
export const seatsBench: Bench = {
  name: 'seats',
  measures: Object.values(measures),
  run: (deps) => measureParts(deps, (own) => openHall(deps, own), [readStates]),
}

interface Hall {
  readonly seatIds: readonly string[]
  readonly path: string
  readonly readersFile: string
  readonly readers: number
}

const seatsSchema = z.object({ grades: z.array(z.object({ seats: z.array(z.object({ id: z.string() })) })) })

async function openHall(deps: BenchDeps, own: BenchSystem): Promise<Hall> {
  const { gatewayUrl, scheduleId } = own
  const answer = await fetch(`${gatewayUrl}/events/schedules/${scheduleId}/seats`)
  const { grades } = seatsSchema.parse(await answer.json())
  const readers = Math.min(readersMax, deps.options.waiting)
  const readersFile = join(deps.directory, 'seat-readers.jsonl')
  deps.say(`letting ${readers.toLocaleString('en')} readers in`)
  await admitPeople(own, Array(readers).fill({ scheduleId }), readersFile)
  const seatIds = grades.flatMap(({ seats }) => seats.map(({ id }) => id))
  return { seatIds, path: `/reservations/seats/${scheduleId}`, readersFile, readers }
}

type Deps = BenchDeps & BenchSystem & Hall

async function readStates(deps: Deps): Promise<Findings> {
  const { redis, scheduleId, seatIds, say, readers, machine } = deps
  const bytes = await bytesOf(deps)
  const holds = changeHolds(redis, { scheduleId, seatIds, changesPerSecond, heldMax })
  let maximum: LoadResult
  let busy: SeatReadings
  let delays: { gateway: number; seats: number }
  let changes: number
  let ratePerSecond: number
  try {
    say('P12: whole states through the gateway, closed loop')
    maximum = await wholeStates(deps)
    ratePerSecond = Math.max(1, Math.floor(maximum.grantedPerSecond / 2))
    say(`P12: refreshes while holds change, open loop at ${ratePerSecond}/s`)
    await readDelays(deps)
    busy = await refresh(deps, 'P12 refresh, holds change', ratePerSecond)
    delays = await readDelays(deps)
  } finally {
    changes = (await holds.stop()).changes
  }
  await pause(quietMs)
  say(`P12: refreshes of an unchanged hall, open loop at ${ratePerSecond}/s`)
  const quiet = await refresh(deps, 'P12 refresh, unchanged', ratePerSecond)
  const asked = quiet.unchanged + quiet.whole + quiet.deltas
  const g = maximum.grantedPerSecond / machine.minimalProxy.grantedPerSecond
  return {
    findings: [
      atMost(measures.bytes, bytes / 1_000, 6, 'KB'),
      fasterThan(measures.p95, busy.load, 'p95', 20),
      atMost(measures.unchanged, (100 * (asked - quiet.unchanged)) / Math.max(1, asked), 0, '%'),
      fasterThan(measures.quietP95, quiet.load, 'p95', 20),
      atMost(measures.gatewayDelay, delays.gateway, 30, 'ms'),
      atMost(measures.seatsDelay, delays.seats, 30, 'ms'),
    ],
    loads: [maximum, busy.load, quiet.load],
    notes: [
      `P12: ${seatIds.length.toLocaleString('en')} seats, ${readers.toLocaleString('en')} readers, ${changes} changes of two seats by the scripts of a hold, without rows`,
      `P12: whole bitmaps, closed loop: ${g.toFixed(2)} G`,
      `P12: while holds change ${shown(busy)}`,
      `P12: unchanged ${shown(quiet)}`,
    ],
  }
}

function shown({ deltas, whole, unchanged, meanBytes, maxBytes }: SeatReadings): string {
  return `${deltas} deltas, ${whole} whole states, ${unchanged} × 304; bodies ${Math.round(meanBytes)} bytes on average, ${maxBytes} at most`
}

/** A reader without a state of its own, as fast as it goes: what all readers at once would cost. */
function wholeStates({ gatewayUrl, path, readersFile, options }: Deps): Promise<LoadResult> {
  return runLoad({
    name: 'P12 whole bitmap',
    url: `${gatewayUrl}${path}?format=bitmap`,
    method: 'GET',
    headers: {},
    grantedStatus: 200,
    ownPartsFile: readersFile,
    warmUpSeconds: warmUpSecondsOf(options.seconds),
    loop: { kind: 'closed', connections: options.connections, seconds: options.seconds },
  })
}

/** The first seconds, in which readers get their first state, are the warm-up. */
function refresh(deps: Deps, name: string, ratePerSecond: number): Promise<SeatReadings> {
  const { gatewayUrl: origin, path, readersFile, options } = deps
  const asking = Math.min(deps.readers, ratePerSecond * everySeconds)
  const { seconds } = options
  const warmUpSeconds = Math.max(warmUpSecondsOf(seconds), Math.ceil(asking / ratePerSecond) + 1)
  const input: ReadSeatsInput = {
    name,
    origin,
    path,
    readersFile,
    readersMax: asking,
    ratePerSecond,
    warmUpSeconds,
    seconds,
  }
  const timeoutMs = (warmUpSeconds + seconds + 60) * 1_000
  return ask<SeatReadings>(new URL('./read-seats.main.ts', import.meta.url), input, timeoutMs)
}

async function bytesOf({ gatewayUrl, path, readersFile }: Deps): Promise<number> {
  const [first = ''] = readFileSync(readersFile, 'utf8').split('\n', 1)
  const { headers } = JSON.parse(first) as { headers: Record<string, string> }
  const answer = await fetch(`${gatewayUrl}${path}?format=bitmap`, {
    headers: { ...headers, 'accept-encoding': 'identity' },
  })
  if (!answer.ok) throw new Error(`the seats were answered ${answer.status}`)
  return (await answer.arrayBuffer()).byteLength
}

const readDelays = async ({ system }: Deps) => ({
  gateway: await readEventLoopDelayMs(system, 'gateway'),
  seats: await readEventLoopDelayMs(system, 'reservation'),
})
