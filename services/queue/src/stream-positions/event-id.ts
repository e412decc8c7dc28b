import type { Place } from '../domain/place.ts'

/** What a client says it has received last (`Last-Event-ID`). */
export interface LastEvent {
  /** Counts the events of a person's stream, over all connections. */
  readonly sequence: number
  /** Names an event that ended the stream; null for a position. */
  readonly mark: string | null
}

const pattern = /^(\d{1,9})(?:\.([A-Za-z0-9_-]{1,64}))?$/

/** The ID of an event; `mark` tells those that end a stream from each other. */
export const eventId = (sequence: number, mark: string | null): string =>
  mark === null ? String(sequence) : `${sequence}.${mark}`

/** Reads `Last-Event-ID`; anything that this service cannot have sent is taken as nothing received. */
export function readEventId(header: string | string[] | undefined): LastEvent {
  const [, sequence, mark] = (typeof header === 'string' && pattern.exec(header)) || []
  return { sequence: Number(sequence ?? 0), mark: mark ?? null }
}

/** Names what ends a stream at this place, so that it is told once and no more; null for somebody who goes on waiting. */
export function markOf(place: Place): string | null {
  if (place.status === 'ACTIVE') return `admitted-${Date.parse(place.tokenExpiresAt ?? '')}`
  return place.status === 'CLOSED' ? closedMark(place.closedReason ?? '') : null
}

/** Names the end of a stream by its reason. */
export const closedMark = (reason: string): string => `closed-${reason}`
