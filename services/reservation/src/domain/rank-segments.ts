import { distanceBetween, type Hall, type PlacedSeat, type Point } from './hall.ts'
import type { HeldSeat } from './held-seat.ts'

/** What somebody who does not choose seats wants. */
export interface Wish {
  readonly count: number
  /** Any if absent: then the best grade that has room. */
  readonly grade?: HeldSeat['grade'] | undefined
  /** Whether the seats must be side by side. */
  readonly together: boolean
}

/** What of a segment may be given to somebody, as `holdBest` takes it. */
export interface RankedSegment {
  /** Of the segment and the grade. */
  readonly key: string
  readonly grade: HeldSeat['grade']
  /** Index of the seat nearest to the stage. */
  readonly nearest: number
  readonly seats: readonly { readonly id: string; readonly state: 'OFFERED' | 'KEPT_BACK' | 'GONE' }[]
  /** Where the best free group of it is. */
  readonly at: Point
  readonly distance: number
}

export interface RankInput {
  readonly grade: Wish['grade']
  /** How many free seats side by side a segment must have. */
  readonly groupSize: number
  /** Whether seats with a restricted view are offered too. */
  readonly withRestrictedView: boolean
  readonly isSold: (ordinal: number) => boolean
  /** As far as is known: whoever offers the segment looks again. */
  readonly isHeld: (seatId: string) => boolean
}

const gradeOrder: readonly HeldSeat['grade'][] = ['VIP', 'S', 'A', 'B']

/**
 * The segments that have room, best first: by grade, then by the distance of their best free group from the stage. The places
 * count, not what is left of a row: half a row has no middle of its own. Seats for wheelchairs are never offered: who needs
 * one chooses it.
 */
export function rankSegments(hall: Hall, input: RankInput): RankedSegment[] {
  return gradeOrder
    .filter((grade) => input.grade === undefined || input.grade === grade)
    .flatMap((grade) =>
      hall.segments
        .flatMap((seats, index) => rankedSegment(hall, { seats, key: `${index}:${grade}`, grade }, input) ?? [])
        .toSorted((one, other) => one.distance - other.distance),
    )
}

/** So much further from the stage, in seats, is about as good. */
const similarMax = 10

/** How many of the first segments are about as good as the first: of its grade, and not much further from the stage. */
export function countSimilar(ranked: readonly RankedSegment[]): number {
  const [best] = ranked
  if (!best) return 0
  const worse = ranked.findIndex((one) => one.grade !== best.grade || one.distance > best.distance + similarMax)
  return worse === -1 ? ranked.length : worse
}

/** How many free seats there are that may be given to somebody who wants this grade. */
export function countLeft(hall: Hall, input: Pick<RankInput, 'grade' | 'isSold' | 'isHeld'>): number {
  const free = hall.segments.flatMap((seats) =>
    seats.filter((seat) => !seat.accessible && !input.isSold(seat.ordinal) && !input.isHeld(seat.id)),
  )
  return free.filter((seat) => input.grade === undefined || seat.grade === input.grade).length
}

function rankedSegment(
  { stage }: Hall,
  { seats, key, grade }: { seats: readonly PlacedSeat[]; key: string; grade: HeldSeat['grade'] },
  input: RankInput,
): RankedSegment | null {
  if (!seats.some((seat) => seat.grade === grade)) return null
  const isOffered = (seat: PlacedSeat) =>
    seat.grade === grade && !seat.accessible && (input.withRestrictedView || !seat.restrictedView)
  const best = bestGroup(seats, stage, {
    size: input.groupSize,
    isFree: (seat) => isOffered(seat) && !input.isSold(seat.ordinal) && !input.isHeld(seat.id),
  })
  if (best === null) return null
  const states = seats.map((seat) => ({ id: seat.id, state: stateOf(input.isSold(seat.ordinal), isOffered(seat)) }))
  return { key, grade, nearest: nearestTo(stage, seats), seats: states, ...best }
}

function stateOf(isSold: boolean, isOffered: boolean): RankedSegment['seats'][number]['state'] {
  if (isSold) return 'GONE'
  return isOffered ? 'OFFERED' : 'KEPT_BACK'
}

function bestGroup(
  seats: readonly PlacedSeat[],
  stage: Point,
  { size, isFree }: { size: number; isFree: (seat: PlacedSeat) => boolean },
): { at: Point; distance: number } | null {
  let best: { at: Point; distance: number } | null = null
  let free = 0
  for (const [index, last] of seats.entries()) {
    free = isFree(last) ? free + 1 : 0
    const first = seats[index - size + 1]
    if (free < size || first === undefined) continue
    const at = { x: (first.x + last.x) / 2, y: (first.y + last.y) / 2 }
    const distance = distanceBetween(at, stage)
    if (best === null || distance < best.distance) best = { at, distance }
  }
  return best
}

function nearestTo(stage: Point, seats: readonly PlacedSeat[]): number {
  const distances = seats.map((seat) => distanceBetween(seat, stage))
  const least = Math.min(...distances)
  return (distances.indexOf(least) + distances.lastIndexOf(least)) / 2
}
