import type { HeldSeat } from './held-seat.ts'

/** A seat with its place in the hall; 1 is the distance between two seats side by side. */
export interface PlacedSeat {
  readonly id: string
  readonly ordinal: number
  readonly section: string
  readonly row: string
  readonly grade: HeldSeat['grade']
  readonly x: number
  readonly y: number
  readonly accessible: boolean
  readonly restrictedView: boolean
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** Seats side by side without an aisle between them, in ordinal order. */
export interface Segment {
  readonly seats: readonly PlacedSeat[]
  /** Index of the seat nearest to the stage; between two if both are. */
  readonly nearest: number
}

/** The seats of a hall by who sits beside whom. */
export interface Hall {
  /** Every seat is in one. */
  readonly segments: readonly Segment[]
  /** Where the stage is taken to be: before the middle of the front row, the one with the least y. */
  readonly stage: Point
}

/** Seats of a row that are further apart than this have an aisle between them. */
const besideMax = 1.5

/** Gives who sits beside whom: consecutive ordinals of one section and row, no further apart than neighbours are. */
export function hallOf(byOrdinal: readonly PlacedSeat[]): Hall {
  const segments: PlacedSeat[][] = []
  for (const seat of byOrdinal) {
    const segment = segments.at(-1)
    const before = segment?.at(-1)
    if (segment && before && isBeside(before, seat)) segment.push(seat)
    else segments.push([seat])
  }
  const stage = stageOf(byOrdinal)
  return { segments: segments.map((seats) => ({ seats, nearest: nearestTo(stage, seats) })), stage }
}

export const distanceBetween = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y)

function isBeside(before: PlacedSeat, seat: PlacedSeat): boolean {
  const isSameRow = before.section === seat.section && before.row === seat.row
  return isSameRow && seat.ordinal === before.ordinal + 1 && distanceBetween(before, seat) <= besideMax
}

function nearestTo(stage: Point, seats: readonly PlacedSeat[]): number {
  const distances = seats.map((seat) => distanceBetween(seat, stage))
  const least = Math.min(...distances)
  return (distances.indexOf(least) + distances.lastIndexOf(least)) / 2
}

function stageOf(seats: readonly PlacedSeat[]): Point {
  const front = seats.reduce((least, seat) => Math.min(least, seat.y), Number.POSITIVE_INFINITY)
  const xs = seats
    .filter((seat) => seat.y === front)
    .map((seat) => seat.x)
    .toSorted((one, other) => one - other)
  return { x: ((xs[0] ?? 0) + (xs.at(-1) ?? 0)) / 2, y: xs.length === 0 ? 0 : front }
}
