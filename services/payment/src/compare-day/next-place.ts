import { type ListedBy, listedMax } from '../portone/portone.ts'

/** Where in PortOne's lists of a day a comparison is: a page of a span of one of the lists. */
export interface Place {
  readonly by: ListedBy
  readonly from: Date
  readonly until: Date
  /** How many pages are still to be read, the last one first; null until they are counted. */
  readonly pagesLeft: number | null
}

export interface Day {
  readonly begins: Date
  readonly ends: Date
}

/** The page to read at a place, from 0: a first one to count them, then the last, … */
export const pageOf = ({ pagesLeft }: Place): number => (pagesLeft ?? 1) - 1

/**
 * The place after a page of `size` in a span of `totalCount` payments; null when both lists of the day are over. Pages are read
 * from the last to the first: a payment that changes meanwhile leaves the list, and those after it move forward into pages which
 * are still to be read. A span of more than PortOne shows is halved until it is not, so that no number of payments is too large.
 */
export function nextPlace(
  place: Place,
  { totalCount, size, day }: { totalCount: number; size: number; day: Day },
): Place | null {
  if (place.pagesLeft !== null) {
    return place.pagesLeft > 1 ? { ...place, pagesLeft: place.pagesLeft - 1 } : nextSpan(place, day)
  }
  const spanMs = place.until.getTime() - place.from.getTime()
  if (totalCount > listedMax && spanMs > 1) {
    return { ...place, until: new Date(place.from.getTime() + Math.floor(spanMs / 2)) }
  }
  const pages = Math.ceil(Math.min(totalCount, listedMax) / size)
  return pages > 1 ? { ...place, pagesLeft: pages } : nextSpan(place, day)
}

function nextSpan({ by, until }: Place, day: Day): Place | null {
  if (until < day.ends) return { by, from: until, until: day.ends, pagesLeft: null }
  return by === 'CREATED_AT' ? { by: 'STATUS_CHANGED_AT', from: day.begins, until: day.ends, pagesLeft: null } : null
}
