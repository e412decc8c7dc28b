import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type QueueConfig, writeQueueConfig } from '@ticket-queue/lua/queue'
import { createRedis } from '@ticket-queue/redis'
import { answerParent, inputOfParent } from '../program.ts'

export interface OpenStreamsInput {
  readonly port: number
  readonly path: string
  /** JSON lines with the headers of each stream. */
  readonly ownPartsFile: string
  readonly rounds: number
  readonly roundTimeoutMs: number
  readonly redisUrl: string
  readonly scheduleId: string
  /** Of the queue while it is not paused. */
  readonly config: QueueConfig
}

export interface StreamsOpened {
  readonly opened: number
  readonly refused: number
}

/** One round: how many streams were open and had news, and the time from the first to the last of them. */
export interface StreamRound {
  readonly open: number
  readonly reached: number
  readonly ms: number
}

export interface StreamRounds {
  readonly rounds: readonly StreamRound[]
}

const openedAtOnce = 200
const openTimeoutMs = 20_000
/** What was under way before a round is heard before it begins. */
const quietMs = 2_500

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
await pause(5_000)
const redis = createRedis({ url: input.redisUrl, connectionName: 'bench-streams' })
const rounds: StreamRound[] = []
for (let round = 0; round < input.rounds; round += 1) rounds.push(await oneRound())
await redis.close()
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
    } else if (number >= 0) {
      if (chunk.includes('data:')) newsAtMs[number] ??= performance.now()
      // Whoever is admitted has nothing more to hear; the service would keep the connection for further requests.
      if (chunk.includes('event: admitted')) socket.destroy()
    }
  })
  socket.on('error', () => resolve(false))
  socket.on('close', () => resolve(false))
  socket.setTimeout(openTimeoutMs, () => resolve(false))
  return promise
}

/**
 * Starts admission that was stopped, which changes what everybody who waits is told, near or far, and waits until every
 * stream has heard; the round's time is from the first to the last.
 */
async function oneRound(): Promise<StreamRound> {
  await writeQueueConfig(redis, input.scheduleId, { ...input.config, paused: true })
  await pause(quietMs)
  newsAtMs = new Array(sockets.length).fill(undefined)
  const open = sockets.filter((socket) => !socket.destroyed).length
  await writeQueueConfig(redis, input.scheduleId, { ...input.config, paused: false })
  const deadline = performance.now() + input.roundTimeoutMs
  const reached = () => newsAtMs.filter((time) => time !== undefined)
  while (performance.now() < deadline && reached().length < open) await pause(20)
  const times = reached().toSorted((a, b) => a - b)
  return { open, reached: times.length, ms: (times.at(-1) ?? Number.NaN) - (times[0] ?? Number.NaN) }
}
