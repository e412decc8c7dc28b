import type { Place } from '../domain/place.ts'

const stepOfDistance = 1 / 500
const longestUntoldMs = 10_000

/** What a client knows already. */
export interface Told {
  /** Null while the order was still to be drawn. */
  readonly toldAhead: number | null
  readonly toldWait: number | null
  readonly toldClosed: Place['closedReason']
  readonly toldOutlook: Place['outlook']
  readonly toldSeats: number | null
  /** How far the draw had come. */
  readonly toldDraw: string
  readonly writtenAtMs: number
}

/**
 * Whether a place has moved enough to be told. Near the front every step is; who is 20,000 places away is told each 40, or
 * after 10 s whatever has changed, so that the events of a long line fall to a fraction. A place that moved back, another outlook,
 * a wait that ceased or came to be known, a queue that closed or opened again, each step of a draw are told at once.
 */
export function isWorthTelling(told: Told, place: Place, nowMs: number): boolean {
  if (told.toldClosed !== place.closedReason || told.toldOutlook !== place.outlook) return true
  if (told.toldDraw !== stepOf(place.draw) || told.toldAhead === null || place.aheadOfYou === null) {
    return told.toldDraw !== stepOf(place.draw) || told.toldAhead !== place.aheadOfYou
  }
  const moved = told.toldAhead - place.aheadOfYou
  if (moved < 0 || (told.toldWait === null) !== (place.estimatedWaitTime === null)) return true
  if (moved > 0 && moved >= place.aheadOfYou * stepOfDistance) return true
  const changed = moved > 0 || told.toldWait !== place.estimatedWaitTime || told.toldSeats !== place.seatsLeft
  return changed && nowMs - told.writtenAtMs >= longestUntoldMs
}

/** Names how far a draw has come for one person; '' for first come, first served. */
export const stepOf = (draw: Place['draw']): string =>
  draw === null ? '' : `${draw.phase} ${draw.index} ${draw.position}`
