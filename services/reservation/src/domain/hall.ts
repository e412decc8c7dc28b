import type { HeldSeat } from './held-seat.ts'

/** A seat with its place in the hall; about 1 is the distance between two seats side by side. */
export interface PlacedSeat {
  readonly id: string
  readonly ordinal: number
  readonly section: string
  readonly row: string
  readonly grade: HeldSeat['grade']
  readonly x: number
  readonly y: number
  readonly accessible: boolean
  /** The ordinal of the accessible seat beside, if this is the seat of who comes along. */
  readonly companionOf: number | null
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

/** A gap that is so many times the least one of its row is an aisle: a row that fills an arc has a spacing of its own. */
const aisleFactorMin = 1.5

/**
 * Gives who sits beside whom: consecutive ordinals of one section and row without an aisle between. An aisle runs through all
 * rows of its section: a row whose only gap it is cannot tell.
 */
export function hallOf(byOrdinal: readonly PlacedSeat[]): Hall {
  const rows = rowsOf(byOrdinal)
  const aisles = new Set(rows.flatMap(aislesOf))
  const segments = rows.flatMap((row) => splitAt(aisles, row))
  const stage = stageOf(byOrdinal)
  return { segments: segments.map((seats) => ({ seats, nearest: nearestTo(stage, seats) })), stage }
}

export const distanceBetween = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y)

function rowsOf(byOrdinal: readonly PlacedSeat[]): PlacedSeat[][] {
  const rows: PlacedSeat[][] = []
  for (const seat of byOrdinal) {
    const row = rows.at(-1)
    const before = row?.at(-1)
    const isSameRow = before?.section === seat.section && before.row === seat.row
    if (row && before && isSameRow && seat.ordinal === before.ordinal + 1) row.push(seat)
    else rows.push([seat])
  }
  return rows
}

/** Which gap of a section it is, counted from the first seat of a row. */
const gapOf = ({ section }: PlacedSeat, index: number): string => `${section} ${index}`

function aislesOf(row: readonly PlacedSeat[]): string[] {
  const gaps = row.slice(1).map((seat, index) => distanceBetween(row[index] ?? seat, seat))
  const least = Math.min(...gaps)
  return row
    .slice(1)
    .flatMap((seat, index) => ((gaps[index] ?? 0) > least * aisleFactorMin ? [gapOf(seat, index)] : []))
}

function splitAt(aisles: ReadonlySet<string>, row: readonly PlacedSeat[]): PlacedSeat[][] {
  const starts = row.flatMap((seat, index) => (index === 0 || aisles.has(gapOf(seat, index - 1)) ? [index] : []))
  return starts.map((start, part) => row.slice(start, starts[part + 1]))
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
