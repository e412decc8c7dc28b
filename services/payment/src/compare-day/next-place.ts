import { listedMax } from '../portone/portone.ts'

/** Where in PortOne's list of a day a comparison is: a page of a span. */
export interface Place {
  readonly from: Date
  readonly until: Date
  readonly page: number
}

/**
 * The place after a page of `size` in a span of `totalCount` payments; null when the day is over. A span of more than PortOne
 * shows is halved until it is not, so that no number of payments is too large.
 */
export function nextPlace(
  place: Place,
  { totalCount, size, dayEnds }: { totalCount: number; size: number; dayEnds: Date },
): Place | null {
  const { from, until, page } = place
  const spanMs = until.getTime() - from.getTime()
  if (totalCount > listedMax && spanMs > 1) {
    return { from, until: new Date(from.getTime() + Math.floor(spanMs / 2)), page: 0 }
  }
  if ((page + 1) * size < Math.min(totalCount, listedMax)) return { from, until, page: page + 1 }
  return until < dayEnds ? { from: until, until: dayEnds, page: 0 } : null
}
