import type { ServerResponse } from 'node:http'
import {
  adviseRetry,
  createSockets,
  endStream,
  inSlices,
  isBehind,
  keepAlive,
  openStream,
  type StreamHeaders,
  spreadOver,
  writeEvent,
} from '@ticket-queue/event-streams'
import { areQueueTokensAlive } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log, Metrics } from '@ticket-queue/service-kit'
import type { SeatBoard } from '../states/seat-board.ts'
import { type Audience, createAudiences, type SeatStream } from './audience.ts'
import { createStreamFigures, type StreamEnd } from './stream-figures.ts'
import type { SeatStreamSettings } from './stream-settings.ts'

export interface SeatStreamsDeps {
  readonly redis: RedisClient
  readonly log: Log
  readonly metrics: Metrics
}

export interface Opening {
  readonly board: SeatBoard
  readonly scheduleId: string
  readonly userId: string
  readonly queueToken: string
  /** The version the client has already; null: none. */
  readonly since: string | null
  readonly headers: StreamHeaders
}

/** Every stream of seat states of this process. */
export interface SeatStreams {
  /** Whether one more may be opened: not when there are too many, nor once the process is to stop. */
  hasRoom(): boolean
  /** Starts a stream on the connection of a response that has not begun, and tells the present state at once. */
  open(response: ServerResponse, opening: Opening): void
  /** Looks after all streams; to be called about once a second, never twice at a time. */
  round(): Promise<void>
  /** Ends every stream, spread over the drain time. */
  drain(): Promise<void>
}

/** Why the last event says that a stream ends. */
export type ClosedReason = 'QUEUE_TOKEN_EXPIRED' | 'REPLACED'

/** The ID of the event that ends a stream: who comes back with it need not. */
export const closedId = (reason: ClosedReason): string => `closed-${reason}`

/** Gives the streams of this process, none open. A change is written to all who follow its schedule as one text. */
export function createSeatStreams({ redis, log, metrics }: SeatStreamsDeps, settings: SeatStreamSettings): SeatStreams {
  const sockets = createSockets()
  const audiences = createAudiences(settings.streamsPerPersonMax, (audience) => void tellAll(audience))
  const figures = createStreamFigures(metrics, () => audiences.size)
  let isDraining = false

  /** A client that is behind is told later, and then all at once how things are by that time. */
  const tell = (stream: SeatStream, board: SeatBoard) => {
    const { last } = board
    if (stream.told === last.version) return
    if (isBehind(stream)) {
      figures.dropped.inc()
      return
    }
    writeEvent(stream, last.eventSince(stream.told), performance.now())
    stream.told = last.version
    figures.events.inc()
  }
  const tellAll = async (audience: Audience) => {
    // Whoever is telling goes on until all know the present state.
    if (audience.isBeingTold) return
    audience.isBeingTold = true
    const { board, streams } = audience
    for (let version = ''; version !== board.last.version; ) {
      version = board.last.version
      const stop = figures.tellSeconds.startTimer()
      await inSlices(streams, (stream) => tell(stream, board))
      stop()
    }
    audience.isBeingTold = false
  }
  const end = (stream: SeatStream, reason: StreamEnd) => {
    if (!audiences.leave(stream)) return
    figures.ended.inc({ end: reason })
    if (reason === 'behind') stream.socket.destroy()
    else endStream(stream, reason === 'drained' ? adviseRetry() : undefined)
  }
  const endTokens = async () => {
    const nowMs = performance.now()
    const due = allStreams().filter(({ checkedAtMs }) => nowMs - checkedAtMs >= settings.tokenCheckMs)
    const alive = await areQueueTokensAlive(
      redis,
      due.map(({ queueToken }) => queueToken),
    )
    for (const [index, stream] of due.entries()) {
      stream.checkedAtMs = nowMs
      if (alive[index]) continue
      tellClosed(stream, 'QUEUE_TOKEN_EXPIRED')
      end(stream, 'token')
    }
  }
  const allStreams = (): SeatStream[] => [...audiences.all()].flatMap(({ streams }) => [...streams])

  return {
    hasRoom: () => !isDraining && audiences.size < settings.streamsMax,
    open: (response, { board, since, headers, ...who }) => {
      const socket = sockets.take(response)
      if (socket === null) return
      const nowMs = performance.now()
      const opened = openStream(socket, { headers, retryMs: adviseRetry(), nowMs })
      const stream: SeatStream = { ...opened, ...who, told: board.last.version, checkedAtMs: nowMs }
      const displaced = audiences.join(stream, board)
      socket.on('close', () => end(stream, 'gone'))
      if (displaced !== null) {
        tellClosed(displaced, 'REPLACED')
        endStream(displaced)
        figures.ended.inc({ end: 'replaced' })
      }
      writeEvent(stream, board.last.eventSince(since), nowMs)
      figures.events.inc()
    },
    round: async () => {
      for (const { board, streams } of audiences.all()) {
        await inSlices(streams, (stream) => {
          if (keepAlive(stream, settings, performance.now()) === 'lost') end(stream, 'behind')
          else if (!isBehind(stream)) tell(stream, board)
        })
      }
      // Streams stay open while Redis is away, whose loss is logged elsewhere.
      if (redis.client.status === 'ready')
        await endTokens().catch((err) => log.warn({ err }, 'tokens were not checked'))
    },
    drain: async () => {
      isDraining = true
      await spreadOver(allStreams(), settings.drainMs, (stream) => end(stream, 'drained'))
      await sockets.breakOffLast()
    },
  }
}

/** Tells the end of a stream, also to a client that is behind, because it must not be lost. */
function tellClosed(stream: SeatStream, reason: ClosedReason): void {
  const data = JSON.stringify({ scheduleId: stream.scheduleId, reason })
  writeEvent(stream, { id: closedId(reason), event: 'closed', data }, performance.now())
}
