import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { answerParent, inputOfParent } from '../program.ts'

export interface OpenStreamsInput {
  readonly port: number
  readonly path: string
  /** JSON lines with the headers of each stream. */
  readonly ownPartsFile: string
  readonly rounds: number
  readonly roundTimeoutMs: number
}

export interface StreamsOpened {
  readonly opened: number
  readonly refused: number
}

export interface StreamRounds {
  /** How many streams had news in each round, and from the first to the last of them. */
  readonly rounds: readonly { readonly reached: number; readonly ms: number }[]
}

const openedAtOnce = 200
const openTimeoutMs = 20_000

// Holds event streams open with plain sockets, because an HTTP client's own memory and time would be measured with them.
const input = inputOfParent<OpenStreamsInput>()
const people = readFileSync(input.ownPartsFile, 'utf8').trimEnd().split('\n')
let newsAtMs: (number | undefined)[] = []
const sockets: Socket[] = []
let refused = 0

for (let at = 0; at < people.length; at += openedAtOnce) {
  const opened = await Promise.all(
    people.slice(at, at + openedAtOnce).map((line) => openStream(JSON.parse(line).headers)),
  )
  refused += opened.filter((isOpen) => !isOpen).length
}
const streamsOpened: StreamsOpened = { opened: sockets.length, refused }
answerParent(streamsOpened)
// The parent looks at the memory of the service meanwhile.
await pause(3_000)
const rounds = []
for (let round = 0; round < input.rounds; round += 1) rounds.push(await oneRound())
const streamRounds: StreamRounds = { rounds }
answerParent(streamRounds)

function openStream(headers: Record<string, string>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(input.port, '127.0.0.1')
  const lines = Object.entries({ host: '127.0.0.1', accept: 'text/event-stream', ...headers })
  socket.write(`GET ${input.path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  let number = -1
  socket.on('data', (chunk) => {
    if (number === -1) {
      const isOpen = chunk.subarray(0, 12).toString('latin1') === 'HTTP/1.1 200'
      number = isOpen ? sockets.push(socket) - 1 : -2
      if (!isOpen) socket.destroy()
      resolve(isOpen)
    } else if (number >= 0 && newsAtMs[number] === undefined && chunk.includes('data:')) {
      newsAtMs[number] = performance.now()
    }
  })
  socket.on('error', () => resolve(false))
  socket.on('close', () => resolve(false))
  socket.setTimeout(openTimeoutMs, () => resolve(false))
  return promise
}

/** Waits until every stream has had news once; the round's time is from the first to the last. */
async function oneRound(): Promise<{ reached: number; ms: number }> {
  newsAtMs = new Array(sockets.length).fill(undefined)
  const deadline = performance.now() + input.roundTimeoutMs
  while (performance.now() < deadline && newsAtMs.includes(undefined)) await pause(20)
  const times = newsAtMs.filter((time) => time !== undefined)
  const [first, last] = times.reduce(
    ([low, high], time) => [Math.min(low, time), Math.max(high, time)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ) as [number, number]
  return { reached: times.length, ms: times.length === 0 ? Number.NaN : last - first }
}
