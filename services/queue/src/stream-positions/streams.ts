import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  adviseRetry,
  createSockets,
  endStream,
  inSlices,
  keepAlive,
  type StreamHeaders,
  spreadOver,
} from '@ticket-queue/event-streams'
import type { Log, Metrics } from '@ticket-queue/service-kit'
import type { Place } from '../domain/place.ts'
import { keepPlace } from './ask-again.ts'
import { type Audience, type Audiences, createAudiences } from './audience.ts'
import { closedMark } from './event-id.ts'
import { openPositionStream, type PositionStream, writeNumbered } from './position-stream.ts'
import { createStreamFigures } from './stream-figures.ts'
import type { StreamSettings } from './stream-settings.ts'
import { type TellDeps, tellAudience } from './tell-audience.ts'
import { isLast, tellLast, tellWhole, type Who } from './tell-person.ts'

export interface StreamDeps extends Pick<TellDeps, 'redis' | 'tickets' | 'describe' | 'askAgain'> {
  readonly log: Log
  readonly metrics: Metrics
}

export interface Opening {
  readonly scheduleId: string
  readonly userId: string
  /** What is told first. */
  readonly place: Place
  /** Of the last event that the client has received, on an earlier connection. */
  readonly sequence: number
  readonly headers: StreamHeaders
}

/** Every event stream of this process. */
export interface Streams {
  /** Whether one more may be opened: not when there are too many, nor once the process is to stop. */
  hasRoom(): boolean
  /** Starts a stream on the connection of a response that has not begun, and tells the place at once. */
  open(response: ServerResponse, opening: Opening): void
  /** Tells everybody what has changed; to be called about once a second, never twice at a time. */
  round(): Promise<void>
  /** Ends every stream, spread over the drain time. */
  drain(): Promise<void>
}

/** Gives the streams of this process, none open. */
export function createStreams(deps: StreamDeps, settings: StreamSettings): Streams {
  const audiences = createAudiences(settings.streamsPerPersonMax)
  const figures = createStreamFigures(deps.metrics, () => audiences.size)
  const sockets = createSockets()
  let draining = false

  const end: TellDeps['end'] = (who, stream, reason) => {
    if (!audiences.leave(who, stream)) return
    figures.ended.inc({ end: reason })
    if (reason === 'behind') stream.socket.destroy()
    else endStream(stream, reason === 'drained' ? adviseRetry() : undefined)
  }
  const tellDeps: TellDeps = { ...deps, figures, renewMs: settings.renewMs, end }

  return {
    hasRoom: () => !draining && audiences.size < settings.streamsMax,
    open: (response, opening) => {
      const socket = sockets.take(response)
      if (socket !== null) open(tellDeps, audiences, socket, opening)
    },
    round: async () => {
      const stop = figures.roundSeconds.startTimer()
      for (const audience of audiences.all()) {
        await tellOrLog(tellDeps, audience, deps.log)
        await keepStreams(audience, settings, end)
      }
      stop()
    },
    drain: async () => {
      draining = true
      const open = [...audiences.all()].flatMap(({ scheduleId, people }) =>
        [...people.values()].flatMap(({ userId, streams }) =>
          streams.map((stream) => ({ scheduleId, userId, stream })),
        ),
      )
      await spreadOver(open, settings.drainMs, ({ stream, ...who }) => end(who, stream, 'drained'))
      await sockets.breakOffLast()
    },
  }
}

function open(deps: TellDeps, audiences: Audiences, socket: Socket, opening: Opening): void {
  const { scheduleId, userId, place, sequence, headers } = opening
  const who: Who = { scheduleId, userId }
  const nowMs = performance.now()
  const stream = openPositionStream(socket, { sequence, headers, retryMs: adviseRetry(), nowMs })
  const { person, displaced } = audiences.join(who, stream, nowMs)
  socket.on('close', () => deps.end(who, stream, 'gone'))
  if (displaced !== null) endDisplaced(deps, displaced, scheduleId)
  if (isLast(place)) tellLast(deps, who, person, place)
  else {
    keepPlace(deps, who, person, place)
    tellWhole(deps, stream, place)
  }
}

/** The newest stream of a person wins: an older one may be of a phone that has changed its network and will never read it. */
function endDisplaced({ figures }: TellDeps, stream: PositionStream, scheduleId: string): void {
  const data = JSON.stringify({ status: 'CLOSED', scheduleId, reason: 'REPLACED' })
  writeNumbered(stream, 'closed', data, performance.now(), closedMark('REPLACED'))
  endStream(stream)
  figures.ended.inc({ end: 'replaced' })
}

/** Streams stay open while Redis is away, whose loss is logged elsewhere. */
async function tellOrLog(deps: TellDeps, audience: Audience, log: Log): Promise<void> {
  if (deps.redis.client.status !== 'ready') return
  try {
    await tellAudience(deps, audience)
  } catch (err) {
    log.error({ err, scheduleId: audience.scheduleId }, 'people who follow their places could not be told')
  }
}

/** Shows quiet clients that the stream lives, and gives up those that have taken nothing for too long. */
async function keepStreams(
  { scheduleId, people }: Audience,
  settings: StreamSettings,
  end: TellDeps['end'],
): Promise<void> {
  await inSlices(people.values(), ({ userId, streams }) => {
    const nowMs = performance.now()
    for (const stream of [...streams]) {
      if (keepAlive(stream, settings, nowMs) === 'lost') end({ scheduleId, userId }, stream, 'behind')
    }
  })
}
