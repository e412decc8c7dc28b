import { holdKey } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Inventory } from './catalogue.ts'
import type { PlacedSeat } from './domain/hall.ts'
import { hasBit } from './domain/seat-bits.ts'
import { needlessSingles } from './domain/single-seats.ts'

/** A choice of seats in a schedule whose organiser wants no single seats left (`rules.avoidOrphans`). */
export interface RowChoice {
  readonly inventory: Inventory
  readonly soldBits: Uint8Array
  /** All seats the reservation is to have. */
  readonly chosenIds: readonly string[]
  /** What it has now and is to lose. */
  readonly droppedIds: readonly string[]
}

export type Judged =
  | { readonly singles: readonly string[] }
  /** What the judgement rests on; it may change with the next hold of somebody else. */
  | { readonly beside: readonly { readonly seatId: string; readonly isTaken: boolean }[] }

/** A seat two places away decides whether the one between is alone. */
const besidePlaces = 2

/**
 * Judges a choice by the locks there are now and the seats sold: needless single seats, or the state of the seats beside it,
 * which whoever holds the choice looks at again. A choice with a seat somebody else has locked is not judged: it is taken.
 */
export async function judgeSingles(
  redis: RedisClient,
  { scheduleId, reservationId, choice }: { scheduleId: string; reservationId: string; choice: RowChoice },
): Promise<Judged> {
  const chosen = new Set(choice.chosenIds)
  const touched = new Set([...choice.chosenIds, ...choice.droppedIds])
  const segments = choice.inventory.hall.segments
    .map(({ seats }) => seats)
    .filter((seats) => seats.some((seat) => touched.has(seat.id)))
  const seats = segments.flat()
  const owners = await redis.client.mget(seats.map((seat) => holdKey(scheduleId, seat.id)))
  const lockedByOthers = new Set(
    seats.filter((_, index) => owners[index] && owners[index] !== reservationId).map((seat) => seat.id),
  )
  if (choice.chosenIds.some((id) => lockedByOthers.has(id))) return { beside: [] }
  const isFree = (seat: PlacedSeat) =>
    chosen.has(seat.id) || !(lockedByOthers.has(seat.id) || hasBit(choice.soldBits, seat.ordinal))
  const singles = segments.flatMap((segment) => singlesIn(segment, isFree, chosen))
  if (singles.length > 0) return { singles }
  const beside = segments.flatMap((segment) => besideOf(segment, touched).filter((seat) => !chosen.has(seat.id)))
  return { beside: beside.map(({ id }) => ({ seatId: id, isTaken: lockedByOthers.has(id) })) }
}

function singlesIn(
  segment: readonly PlacedSeat[],
  isFree: (seat: PlacedSeat) => boolean,
  chosen: ReadonlySet<string>,
): string[] {
  const places = new Set(segment.flatMap((seat, place) => (chosen.has(seat.id) ? [place] : [])))
  return needlessSingles(segment.map(isFree), places).flatMap((place) => segment[place]?.id ?? [])
}

function besideOf(segment: readonly PlacedSeat[], touched: ReadonlySet<string>): PlacedSeat[] {
  const places = segment.flatMap((seat, place) => (touched.has(seat.id) ? [place] : []))
  return segment.filter((_, place) => places.some((own) => Math.abs(own - place) <= besidePlaces))
}
