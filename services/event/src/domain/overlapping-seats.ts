import type { ExpandedSeat } from './expand-seats.ts'

/** Seats nearer than this, in seat widths, would be drawn over one another. */
const distanceMin = 0.5
/** More cells than a line of the largest template has, so that two cells never have one number. */
const cellsPerLine = 2 ** 22

/** Gives pairs of seats that lie over one another, at most `max`: nobody could tell them apart on a map. */
export function overlappingSeats(seats: readonly ExpandedSeat[], max: number): [string, string][] {
  const cells = new Map<number, ExpandedSeat[]>()
  const pairs: [string, string][] = []
  for (const seat of seats) {
    const cell = Math.floor(seat.x / distanceMin) + Math.floor(seat.y / distanceMin) * cellsPerLine
    // A seat that is too near is in the same cell or in one beside it.
    for (let line = -1; line <= 1; line += 1) {
      for (let column = -1; column <= 1; column += 1) {
        for (const near of cells.get(cell + line * cellsPerLine + column) ?? []) {
          if (Math.hypot(near.x - seat.x, near.y - seat.y) < distanceMin) pairs.push([near.seatNumber, seat.seatNumber])
          if (pairs.length >= max) return pairs
        }
      }
    }
    const members = cells.get(cell)
    if (members === undefined) cells.set(cell, [seat])
    else members.push(seat)
  }
  return pairs
}
