import type { Socket } from 'node:net'
import { type EventStream, openStream, type StreamHeaders, writeEvent } from '@ticket-queue/event-streams'
import type { Place } from '../domain/place.ts'
import { eventId } from './event-id.ts'
import { stepOf } from './worth-telling.ts'

/** A stream of positions and what its client knows. */
export interface PositionStream extends EventStream {
  sequence: number
  /** -1 before the first position, null while the order is to be drawn. */
  toldAhead: number | null
  toldWait: number | null
  toldClosed: Place['closedReason']
  toldOutlook: Place['outlook']
  toldSeats: number | null
  toldDraw: string
}

export type EventName = 'position' | 'admitted' | 'closed'

const nothingTold = {
  toldAhead: -1,
  toldWait: null,
  toldClosed: null,
  toldOutlook: null,
  toldSeats: null,
  toldDraw: '',
}

/** Starts a stream of positions on a connection; `sequence` is the number of the last event its client has received. */
export function openPositionStream(
  socket: Socket,
  { sequence, ...opening }: { sequence: number; headers: StreamHeaders; retryMs: number; nowMs: number },
): PositionStream {
  return { ...openStream(socket, opening), sequence, ...nothingTold }
}

/** Writes one event; `data` is JSON, `mark` names an event that ends the stream. */
export function writeNumbered(
  stream: PositionStream,
  event: EventName,
  data: string,
  nowMs: number,
  mark: string | null = null,
): void {
  stream.sequence += 1
  writeEvent(stream, { id: eventId(stream.sequence, mark), event, data }, nowMs)
}

/** Writes a place of somebody who is not admitted, whose JSON is `data`, and notes what the client knows now. Gives the event's name. */
export function writePlace(stream: PositionStream, place: Place, data: string, nowMs: number): EventName {
  const event = place.status === 'CLOSED' ? 'closed' : 'position'
  writeNumbered(stream, event, data, nowMs)
  stream.toldAhead = place.aheadOfYou
  stream.toldWait = place.estimatedWaitTime
  stream.toldClosed = place.closedReason
  stream.toldOutlook = place.outlook
  stream.toldSeats = place.seatsLeft
  stream.toldDraw = stepOf(place.draw)
  return event
}
