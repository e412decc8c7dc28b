import { distanceBetween, type Hall, type PlacedSeat, type Point, type Segment } from './hall.ts'
import type { HeldSeat } from './held-seat.ts'

/** What somebody who does not choose seats wants. */
export interface Wish {
  readonly count: number
  /** Any if absent: then the best grade that has room. */
  readonly grade?: HeldSeat['grade'] | undefined
  /** Whether the seats must be side by side. */
  readonly together: boolean
}

/** A segment that has room for somebody. */
export interface RankedSegment {
  /** Of the segment and the grade. */
  readonly key: string
  readonly grade: HeldSeat['grade']
  readonly segment: Segment
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
 * count, not what is left of a row: half a row has no middle of its own. Seats for wheelchairs are never offered, nor that of
 * a companion while the one beside is free: who needs them chooses them.
 */
export function rankSegments(hall: Hall, input: RankInput): RankedSegment[] {
  return gradeOrder
    .filter((grade) => input.grade === undefined || input.grade === grade)
    .flatMap((grade) =>
      hall.segments
        .flatMap((segment, index) => rankedSegment(hall, { segment, key: `${index}:${grade}`, grade }, input) ?? [])
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
  const free = hall.segments.flatMap(({ seats }) =>
    seats.filter((seat) => !isTaken(seat, input) && !isKeptBack(seat, seats, input)),
  )
  return free.filter((seat) => input.grade === undefined || seat.grade === input.grade).length
}

type Known = Pick<RankInput, 'isSold' | 'isHeld'>

/** Whether a seat of a segment is offered to somebody who wants this grade, if it is free. */
export const isOffered = (
  seat: PlacedSeat,
  { seats }: Segment,
  rule: Known & Pick<RankInput, 'withRestrictedView'> & Pick<RankedSegment, 'grade'>,
): boolean =>
  seat.grade === rule.grade && (rule.withRestrictedView || !seat.restrictedView) && !isKeptBack(seat, seats, rule)

function isKeptBack(seat: PlacedSeat, seats: readonly PlacedSeat[], known: Known): boolean {
  if (seat.accessible) return true
  if (seat.companionOf === null) return false
  const accessible = seats.find(({ ordinal }) => ordinal === seat.companionOf)
  return accessible !== undefined && !isTaken(accessible, known)
}

const isTaken = ({ id, ordinal }: PlacedSeat, { isSold, isHeld }: Known): boolean => isSold(ordinal) || isHeld(id)

function rankedSegment(
  { stage }: Hall,
  { segment, key, grade }: Pick<RankedSegment, 'segment' | 'key' | 'grade'>,
  input: RankInput,
): RankedSegment | null {
  const rule = { ...input, grade }
  const best = bestGroup(segment.seats, stage, {
    size: input.groupSize,
    // What every seat is asked first is what costs least, and holds for few of them.
    isFree: (seat) => isOffered(seat, segment, rule) && !isTaken(seat, input),
  })
  return best && { key, grade, segment, ...best }
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
