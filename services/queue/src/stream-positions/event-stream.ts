import type { Socket } from 'node:net'
import type { Place } from '../domain/place.ts'
import { eventId } from './event-id.ts'

/** One open connection. A plain record and no closures: a process holds 20,000 of them. */
export interface EventStream {
  readonly socket: Socket
  sequence: number
  writtenAtMs: number
  /** Since when the client has not taken what was written; 0 while it keeps up. */
  behindSinceMs: number
  /** What the client knows: -1 before the first position. */
  toldAhead: number
  toldWait: number | null
  toldClosed: Place['closedReason']
  toldOutlook: Place['outlook']
  toldSeats: number | null
}

export type EventName = 'position' | 'admitted' | 'closed'

/** What the server would have sent with an ordinary answer. */
export type StreamHeaders = Readonly<Record<string, number | string | string[] | undefined>>

/** How long a client has to take the last of what was written. */
const lastBytesMs = 10_000

/** Starts an event stream on a connection. `retryMs` is when a client that loses it is to come back. */
export function openEventStream(
  socket: Socket,
  { sequence, headers, retryMs, nowMs }: { sequence: number; headers: StreamHeaders; retryMs: number; nowMs: number },
): EventStream {
  socket.write(`${headOf(headers)}retry: ${retryMs}\n\n`)
  return { socket, sequence, writtenAtMs: nowMs, behindSinceMs: 0, ...nothingTold }
}

const nothingTold = { toldAhead: -1, toldWait: null, toldClosed: null, toldOutlook: null, toldSeats: null }

/** The body has no length and no chunks: it lasts until the connection ends. */
function headOf(headers: StreamHeaders): string {
  const fields = {
    ...headers,
    date: new Date().toUTCString(),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    connection: 'close',
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`
}

/** Whether the client has yet to take what was written: then only what must not be lost is written on top. */
export const isBehind = (stream: EventStream): boolean => stream.socket.writableLength > 0

/** Writes one event; `data` is JSON. A connection that has ended is left alone. */
export function writeEvent(
  stream: EventStream,
  event: EventName,
  data: string,
  nowMs: number,
  mark: string | null = null,
): void {
  if (!stream.socket.writable) return
  stream.sequence += 1
  stream.writtenAtMs = nowMs
  stream.socket.write(`id: ${eventId(stream.sequence, mark)}\nevent: ${event}\ndata: ${data}\n\n`)
}

/** Writes a place of somebody who is not admitted, whose JSON is `data`, and notes what the client knows now. Gives the event's name. */
export function writePlace(stream: EventStream, place: Place, data: string, nowMs: number): EventName {
  const event = place.status === 'CLOSED' ? 'closed' : 'position'
  writeEvent(stream, event, data, nowMs)
  stream.toldAhead = place.aheadOfYou
  stream.toldWait = place.estimatedWaitTime
  stream.toldClosed = place.closedReason
  stream.toldOutlook = place.outlook
  stream.toldSeats = place.seatsLeft
  return event
}

/** A comment, which shows every proxy on the way and the client that the stream lives. */
export function writeHeartbeat(stream: EventStream, nowMs: number): void {
  stream.writtenAtMs = nowMs
  if (stream.socket.writable) stream.socket.write(':\n\n')
}

/** Ends a stream once the client has taken what was written; with `retryMs` it is told when to come back. */
export function endEventStream({ socket }: EventStream, retryMs?: number): void {
  if (!socket.writable) return
  if (retryMs !== undefined) socket.write(`retry: ${retryMs}\n\n`)
  socket.setTimeout(lastBytesMs)
  socket.destroySoon()
}
