import type { ServerResponse } from 'node:http'
import type { Place } from '../domain/place.ts'
import { eventId } from './event-id.ts'

/** One open response. A plain record and not a closure per stream: a process holds 20,000 of them. */
export interface EventStream {
  readonly response: ServerResponse
  sequence: number
  writtenAtMs: number
  /** Since when the client has not taken what was written; 0 while it keeps up. */
  behindSinceMs: number
  /** What the client knows: -1 before the first position. */
  toldAhead: number
  toldWait: number | null
  toldClosed: Place['closedReason']
  toldOutlook: Place['outlook']
}

export type EventName = 'position' | 'admitted' | 'closed'

/** What the server would have sent with an ordinary answer. */
export type StreamHeaders = Readonly<Record<string, number | string | string[] | undefined>>

const ignoreError = () => {}

/** Starts an event stream on a raw response. `retryMs` is when a client that loses it is to come back. */
export function openEventStream(
  response: ServerResponse,
  { sequence, headers, retryMs, nowMs }: { sequence: number; headers: StreamHeaders; retryMs: number; nowMs: number },
): EventStream {
  response.on('error', ignoreError)
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  response.write(`retry: ${retryMs}\n\n`)
  return {
    response,
    sequence,
    writtenAtMs: nowMs,
    behindSinceMs: 0,
    toldAhead: -1,
    toldWait: null,
    toldClosed: null,
    toldOutlook: null,
  }
}

/** Whether the client has yet to take what was written: then only what must not be lost is written on top. */
export const isBehind = (stream: EventStream): boolean => stream.response.writableLength > 0

/** Writes one event; `data` is JSON. A response that has ended is left alone. */
export function writeEvent(
  stream: EventStream,
  event: EventName,
  data: string,
  nowMs: number,
  mark: string | null = null,
): void {
  if (stream.response.destroyed || stream.response.writableEnded) return
  stream.sequence += 1
  stream.writtenAtMs = nowMs
  stream.response.write(`id: ${eventId(stream.sequence, mark)}\nevent: ${event}\ndata: ${data}\n\n`)
}

/** Writes a place of somebody who is not admitted, whose JSON is `data`, and notes what the client knows now. Gives the event's name. */
export function writePlace(stream: EventStream, place: Place, data: string, nowMs: number): EventName {
  const event = place.status === 'CLOSED' ? 'closed' : 'position'
  writeEvent(stream, event, data, nowMs)
  stream.toldAhead = place.aheadOfYou
  stream.toldWait = place.estimatedWaitTime
  stream.toldClosed = place.closedReason
  stream.toldOutlook = place.outlook
  return event
}

/** A comment, which shows every proxy on the way and the client that the stream lives. */
export function writeHeartbeat(stream: EventStream, nowMs: number): void {
  stream.writtenAtMs = nowMs
  stream.response.write(':\n\n')
}

/** Ends a stream in order; with `retryMs` its client is told when to come back. */
export function endEventStream(stream: EventStream, retryMs?: number): void {
  if (stream.response.destroyed || stream.response.writableEnded) return
  stream.response.end(retryMs === undefined ? undefined : `retry: ${retryMs}\n\n`)
}
