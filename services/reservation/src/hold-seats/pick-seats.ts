import { setTimeout as pause } from 'node:timers/promises'
import { bestSeatsMax, holdBest, type OfferedSegment, offeredSegmentsMax } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import { distanceBetween } from '../domain/hall.ts'
import { countSimilar, isOffered, type RankedSegment, type Wish } from '../domain/rank-segments.ts'
import type { Following, HoldOutcomes } from '../hold-outcomes.ts'
import type { Kept } from '../keep-fresh.ts'
import { freshMs, type SeatOffers } from './seat-offers.ts'

export interface PickSeatsDeps {
  readonly redis: RedisClient
  readonly seatOffers: Kept<SeatOffers>
  readonly holdOutcomes: HoldOutcomes
  readonly tentativeHoldSeconds: number
}

export interface PickSeatsInput {
  readonly scheduleId: string
  readonly reservationId: string
  readonly userId: string
  readonly wish: Wish
  /** Seats that Redis would give, but the rows do not. */
  readonly refusedIds: ReadonlySet<string>
}

/** Among so many segments about as good as the best a crowd is spread: it does not look into the same full rows one by one. */
const spreadMax = 16
/**
 * Of seats and segments in one run of the script, which keeps everybody else waiting and costs by what it is shown: the first
 * rows of a picture nearly always have room, and who finds none there looks further at a time.
 */
const looks = [
  { seatsMax: 80, segmentsMax: 20 },
  { seatsMax: 400, segmentsMax: 100 },
  // With those that come again because of a seat in each.
  { seatsMax: 1_600, segmentsMax: offeredSegmentsMax - bestSeatsMax },
] as const
type Look = (typeof looks)[number]
const roundsMax = 25
const firstPauseMs = 50
const pauseMaxMs = 1_000
/** After so long it is looked again although nothing was heard: a message may be lost, a tentative hold may have run out. */
const silentMaxMs = 1_000

/** How the seats may lie, in the order of what is tried: a single free seat is left only if nothing else is. */
const manners = [
  { manner: 'together', singles: 'avoided', withRestrictedView: false },
  { manner: 'together', singles: 'avoided', withRestrictedView: true },
  { manner: 'together', singles: 'allowed', withRestrictedView: true },
  { manner: 'apart', singles: 'avoided', withRestrictedView: true },
  { manner: 'apart', singles: 'allowed', withRestrictedView: true },
] as const

type Picked = { picked: readonly string[] } | { seatsLeft: number } | 'undecided'

/**
 * Finds the best free seats and locks them tentatively for a reservation, or says how many such seats are left. While seats
 * are being written that would do if they came back, it waits for what becomes of them, at most as long as such a hold can
 * live; then `undecided`.
 */
export async function pickSeats(deps: PickSeatsDeps, input: PickSeatsInput): Promise<Picked> {
  const recent = await deps.seatOffers.recent(input.scheduleId)
  const askers = recent.countAsker()
  const quick = await lookThrough(deps, { ...input, askers, offers: recent })
  if (quick !== null) return { picked: quick }
  const following = deps.holdOutcomes.follow(input.scheduleId)
  try {
    return await awaitSeats(deps, { ...input, askers }, following)
  } finally {
    following.stop()
  }
}

async function awaitSeats(deps: PickSeatsDeps, input: Omit<Asked, 'offers'>, following: Following): Promise<Picked> {
  const { scheduleId, wish } = input
  const deadlineMs = performance.now() + deps.tentativeHoldSeconds * 1000
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMaxMs, pauseMs * 1.5)) {
    // The picture that says where to look also says whether to wait: a younger one may not know of what this look has met.
    const offers = await deps.seatOffers.current(scheduleId)
    const found = await lookThrough(deps, { ...input, offers })
    if (found !== null) return { picked: found }
    if (!offers.mayComeBack(wish)) return { seatsLeft: offers.left(wish.grade) }
    if (performance.now() > deadlineMs) return 'undecided'
    await pauseAfter(offers, { pauseMs, deadlineMs, following })
  }
}

interface Pause {
  readonly pauseMs: number
  readonly deadlineMs: number
  readonly following: Following
}

/**
 * Until something has been decided that is not in a picture, and there can be one that has it. The longer somebody waits, the further
 * apart the looks are, so that a crowd that hears of each other's holds asks no more often for that; nor does it look at one moment.
 */
async function pauseAfter({ readAtMs }: SeatOffers, { pauseMs, deadlineMs, following }: Pause): Promise<void> {
  const spread = Math.random()
  const soonestAtMs = Math.max(performance.now() + pauseMs, readAtMs + freshMs) + spread * pauseMs
  const silentMs = Math.min((1 + spread) * silentMaxMs, Math.max(0, deadlineMs - performance.now()))
  await following.decidedSince(readAtMs, silentMs)
  // A timer may end within the millisecond before.
  const restMs = Math.min(soonestAtMs, deadlineMs) + 1 - performance.now()
  if (restMs > 0) await pause(restMs)
}

type Manner = (typeof manners)[number]
/** With how many have asked at about the same time, and one picture of what there is. */
type Asked = PickSeatsInput & { readonly askers: number; readonly offers: SeatOffers }

async function lookThrough(deps: PickSeatsDeps, input: Asked): Promise<readonly string[] | null> {
  for (const manner of manners) {
    if (manner.manner === 'apart' && input.wish.together) break
    const found = await lookFor(deps, input, manner)
    if (found !== null) return found
  }
  return null
}

/** Some segments at a time, those first that are thought to have room; each one once. Others are spared those that have none. */
async function lookFor(deps: PickSeatsDeps, input: Asked, how: Manner): Promise<readonly string[] | null> {
  const { wish, offers } = input
  const offered = { ...how, grade: wish.grade, groupSize: how.manner === 'together' ? wish.count : 1 }
  const tried = new Set<string>()
  // Seats apart need not be of segments that are looked through together.
  let begun: readonly RankedSegment[] = []
  for (let round = 1; round <= roundsMax; round += 1) {
    const ordered = inOrderFor(input, offers.ranked(offered), how)
    const segments = tried.size === 0 ? ordered : ordered.filter(({ key }) => !tried.has(key))
    const further = upTo(looks[Math.min(round, looks.length) - 1] ?? looks[0], segments)
    if (further.length === 0) break
    const next = [...begun, ...further]
    const { outcome, seatIds } = await holdFirst(deps, input, how, next)
    const isTouched = ({ segment }: RankedSegment) => segment.seats.some(({ id }) => seatIds.includes(id))
    const passed = outcome === 'held' ? next.slice(0, next.findIndex(isTouched)) : next
    if (how.manner === 'together') offers.drop(offered, passed)
    if (outcome === 'tentative' || (outcome === 'held' && isPassedUnasked(how, passed)))
      offers.noteUndecided({ ...wish, manner: how.manner })
    if (outcome === 'held') return seatIds
    begun = next.filter(isTouched)
    for (const { key } of further) tried.add(key)
  }
  return null
}

/**
 * Whoever finds seats is not told whether those passed over are only being written. They are missed by others only if they are
 * missing in the last manner of side by side, which takes every group that there is.
 */
const isPassedUnasked = ({ manner, singles }: Manner, passed: readonly RankedSegment[]): boolean =>
  manner === 'together' && singles === 'allowed' && passed.length > 0

function holdFirst(
  deps: PickSeatsDeps,
  { scheduleId, reservationId, wish, refusedIds, offers }: Asked,
  how: Manner,
  segments: readonly RankedSegment[],
) {
  return holdBest(deps.redis, {
    scheduleId,
    reservationId,
    count: wish.count,
    manner: how.manner,
    singles: how.singles,
    segments: segments.map((ranked) =>
      refusedIds.size === 0 ? shownToAll(ranked, { how, offers }) : offeredSegment(ranked, { how, offers, refusedIds }),
    ),
    tentativeMs: deps.tentativeHoldSeconds * 1000,
  })
}

/** The best segment for whoever asks alone; one of the best, by their ID, for each of a crowd. Seats apart lie near each other. */
function inOrderFor(
  { userId, askers }: Asked,
  ranked: readonly RankedSegment[],
  { manner }: Manner,
): readonly RankedSegment[] {
  const width = Math.min(spreadMax, askers, countSimilar(ranked))
  const start = width === 0 ? 0 : Number.parseInt(userId.slice(-8), 16) % width
  const spread = [...ranked.slice(start, width), ...ranked.slice(0, start), ...ranked.slice(width)]
  const [first] = spread
  if (manner === 'together' || !first) return spread
  return spread.toSorted((one, other) => distanceBetween(one.at, first.at) - distanceBetween(other.at, first.at))
}

function upTo({ seatsMax, segmentsMax }: Look, segments: readonly RankedSegment[]): readonly RankedSegment[] {
  let seats = 0
  const end = segments.findIndex(({ segment }, index) => {
    seats += segment.seats.length
    return seats > seatsMax && index > 0
  })
  return segments.slice(0, Math.min(segmentsMax, end === -1 ? segments.length : end))
}

/** A ranked segment is one picture's, for one manner: it is the same to all who ask of that. */
const shown = new WeakMap<RankedSegment, OfferedSegment>()

function shownToAll(ranked: RankedSegment, { how, offers }: { how: Manner; offers: SeatOffers }): OfferedSegment {
  const known = shown.get(ranked) ?? offeredSegment(ranked, { how, offers, refusedIds: none })
  shown.set(ranked, known)
  return known
}

const none: ReadonlySet<string> = new Set()

/** The segment as the script takes it. */
function offeredSegment(
  { segment, grade }: RankedSegment,
  { how, offers, refusedIds }: { how: Manner; offers: SeatOffers } & Pick<Asked, 'refusedIds'>,
): OfferedSegment {
  const { isSold, isHeld } = offers
  const rule = { grade, withRestrictedView: how.withRestrictedView, isSold, isHeld }
  const seats = segment.seats.map((seat) => {
    const isGone = isSold(seat.ordinal) || refusedIds.has(seat.id)
    const isFor = isOffered(seat, segment, rule)
    return { id: seat.id, state: isGone ? ('GONE' as const) : isFor ? ('OFFERED' as const) : ('KEPT_BACK' as const) }
  })
  return { nearest: segment.nearest, seats }
}
