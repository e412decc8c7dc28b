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
  const aisles = aislesOf(rows)
  const segments = rows.flatMap((row) => splitAt(aisles.get(row[0]?.section ?? ''), row))
  const stage = stageOf(byOrdinal)
  return { segments: segments.map((seats) => ({ seats, nearest: nearestTo(stage, seats) })), stage }
}

export const distanceBetween = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y)

function rowsOf(byOrdinal: readonly PlacedSeat[]): PlacedSeat[][] {
  const rows: PlacedSeat[][] = []
  let row: PlacedSeat[] = []
  let before: PlacedSeat | undefined
  for (const seat of byOrdinal) {
    const isBeside = seat.ordinal - 1 === before?.ordinal && seat.row === before.row && seat.section === before.section
    if (isBeside) row.push(seat)
    else {
      row = [seat]
      rows.push(row)
    }
    before = seat
  }
  return rows
}

/** By section, the indexes of the seats that sit beyond an aisle, counted from the first seat of a row. */
function aislesOf(rows: readonly (readonly PlacedSeat[])[]): Map<string, Set<number>> {
  const aisles = new Map<string, Set<number>>()
  for (const row of rows) {
    const gaps = row.slice(1).map((seat, index) => distanceBetween(row[index] ?? seat, seat))
    const least = Math.min(...gaps)
    const wide = gaps.flatMap((gap, index) => (gap > least * aisleFactorMin ? index + 1 : []))
    const section = row[0]?.section ?? ''
    if (wide.length > 0) aisles.set(section, new Set([...(aisles.get(section) ?? []), ...wide]))
  }
  return aisles
}

function splitAt(aisles: ReadonlySet<number> | undefined, row: readonly PlacedSeat[]): (readonly PlacedSeat[])[] {
  if (aisles === undefined) return [row]
  const starts = [0, ...[...aisles].filter((index) => index < row.length).toSorted((one, other) => one - other)]
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
