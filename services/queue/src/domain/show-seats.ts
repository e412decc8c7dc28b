import { judgeOutlook, type SeatCount } from './outlook.ts'
import type { Place } from './place.ts'

export interface ShownSeats extends SeatCount {
  /** The event service has told nothing newer for a while. */
  readonly areOld: boolean
}

/** Puts the seats into an answer about a place, and what somebody there can hope for; leaves them unknown where they are. */
export function showSeats(place: Place, seats: ShownSeats | null): Place {
  if (seats === null) return place
  place.seatsLeft = seats.free
  place.seatsAreOld = seats.areOld
  if (place.status === 'CLOSED') place.outlook = 'unlikely'
  // Who is inside is one of those choosing.
  else if (place.status === 'ACTIVE') place.outlook = judgeOutlook(0, { ...seats, choosing: 0 })
  else if (place.aheadOfYou !== null) place.outlook = judgeOutlook(place.aheadOfYou, seats)
  return place
}
