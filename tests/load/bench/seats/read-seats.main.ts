import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { createArrivals } from '../load/arrivals.ts'
import type { LoadResult, OwnPart } from '../load/job.ts'
import { createTally } from '../load/tally.ts'
import { answerParent, inputOfParent } from '../program.ts'

export interface ReadSeatsInput {
  readonly name: string
  readonly origin: string
  readonly path: string
  /** JSON lines: the headers of each reader. */
  readonly readersFile: string
  /** How many of them ask in turn. */
  readonly readersMax: number
  readonly ratePerSecond: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** How the granted answers fall into those that had news and those that had none. */
export interface SeatReadings {
  readonly load: LoadResult
  readonly whole: number
  readonly deltas: number
  readonly unchanged: number
  /** Of answers with a body. */
  readonly meanBytes: number
  readonly maxBytes: number
}

interface Reader {
  readonly headers: Readonly<Record<string, string>>
  /** The state this reader has. */
  version: string | null
}

const lateMaxMs = 100
const connectionsMax = 1_000
const answerTimeoutMs = 10_000

// Readers who each ask for what has changed since the state they have, at a fixed rate whatever becomes of earlier requests.
const input = inputOfParent<ReadSeatsInput>()
const readers = readFileSync(input.readersFile, 'utf8')
  .trimEnd()
  .split('\n')
  .slice(0, input.readersMax)
  .map((line): Reader => ({ headers: (JSON.parse(line) as Required<OwnPart>).headers, version: null }))
const { ratePerSecond, warmUpSeconds, seconds } = input
const pool = new Pool(input.origin, {
  connections: connectionsMax,
  pipelining: 1,
  keepAliveTimeout: 60_000,
  headersTimeout: answerTimeoutMs,
  bodyTimeout: answerTimeoutMs,
})
const arrivals = createArrivals({ ratePerSecond, seconds: warmUpSeconds + seconds, lateMaxMs })
// An answer without news is as good as one with: both count as granted, and are told apart beside.
const grantedStatus = 200
const tally = createTally(grantedStatus)
const seen = { whole: 0, deltas: 0, unchanged: 0, bytes: 0, maxBytes: 0 }
const begunAtMs = performance.now()
let inFlight = 0

const lastMs = arrivals.intendedMs(arrivals.total)
for (let elapsedMs = 0; elapsedMs < lastMs; ) {
  elapsedMs = performance.now() - begunAtMs
  const due = arrivals.take(elapsedMs)
  for (const arrival of due.late) tally.dropped(1, isCounted(arrival))
  for (const arrival of due.start) void send(arrival)
  await pause(1)
}
const deadline = performance.now() + 2 * answerTimeoutMs
while (inFlight > 0 && performance.now() < deadline) await pause(10)
await pool.destroy()
const load = tally.result({ name: input.name, loop: 'open', intendedPerSecond: ratePerSecond, seconds })
const { whole, deltas, unchanged, bytes, maxBytes } = seen
const answer: SeatReadings = {
  load,
  whole,
  deltas,
  unchanged,
  meanBytes: bytes / Math.max(1, whole + deltas),
  maxBytes,
}
answerParent(answer)

function isCounted(arrival: number): boolean {
  return arrivals.intendedMs(arrival) >= warmUpSeconds * 1_000
}

async function send(arrival: number): Promise<void> {
  const reader = readers[arrival % readers.length]
  const counted = isCounted(arrival)
  if (reader === undefined || inFlight === connectionsMax) return tally.dropped(1, counted)
  inFlight += 1
  const intendedAtMs = begunAtMs + arrivals.intendedMs(arrival)
  try {
    const since = reader.version === null ? '' : `&since=${reader.version}`
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path: `${input.path}?format=bitmap${since}`,
      headers: reader.headers,
    })
    const text = await body.text()
    const latencyMs = performance.now() - intendedAtMs
    const isUnchanged = statusCode === 304
    tally.answered(isUnchanged ? grantedStatus : statusCode, latencyMs, counted)
    if (statusCode === 200) takeState(reader, text, counted)
    else if (isUnchanged && counted) seen.unchanged += 1
  } catch (error) {
    tally.failed(String(Reflect.get(error as object, 'code') ?? error), counted)
  } finally {
    inFlight -= 1
  }
}

function takeState(reader: Reader, text: string, counted: boolean): void {
  const state = JSON.parse(text) as { version: string; whole: boolean }
  reader.version = state.version
  if (!counted) return
  if (state.whole) seen.whole += 1
  else seen.deltas += 1
  seen.bytes += text.length
  seen.maxBytes = Math.max(seen.maxBytes, text.length)
}
