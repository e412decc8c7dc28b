import { type HoldSeats, holdBeside } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { HoldOutcomes } from './hold-outcomes.ts'
import { judgeSingles, type RowChoice } from './judge-singles.ts'
import type { HeldSeats } from './store/cancel-rows.ts'

export interface LockSeatsDeps {
  readonly redis: RedisClient
  readonly holdSeats: HoldSeats
  readonly holdOutcomes: HoldOutcomes
  readonly tentativeHoldSeconds: number
}

export type LockOutcome = 'held' | 'taken' | 'undecided' | { readonly singles: readonly string[] }

interface Attempt {
  readonly choice: RowChoice | null
  readonly mayJoin: boolean
}

/** After so long it is asked again although nothing was heard: a message may be lost, a tentative hold may have run out. */
const waitMaxMs = 500

/**
 * Locks seats in Redis for a reservation whose row is about to be written, all or none. Waits for the outcome of tentative
 * holds of others until `deadlineMs` (of `performance.now()`), at most as long as such a hold can live; then `undecided`. While
 * somebody of this process asks for one of the seats, who `mayJoin` does not ask Redis again: of a crowd after one seat the others hear what
 * became of it. Who has just changed what Redis has of the seats may not: the question of somebody else may be older than that.
 * With a `choice` to be judged, nothing is locked that would needlessly leave `singles`; what the judgement rests on is
 * looked at again in the step that locks, and judged anew when it has changed.
 */
export async function lockSeats(
  deps: LockSeatsDeps,
  wanted: HeldSeats,
  deadlineMs: number,
  { choice, mayJoin }: Attempt,
): Promise<LockOutcome> {
  for (let isFirst = true; ; isFirst = false) {
    const outcome = await tryOrWait(deps, wanted, { choice, mayJoin: mayJoin && isFirst })
    if (outcome !== 'changed' && outcome !== 'ended') return outcome
    if (performance.now() > deadlineMs) return 'undecided'
  }
}

/** Listens before it tries, so that no outcome falls between the two. Who `mayJoin` waits for others of this process without a try. */
async function tryOrWait(
  deps: LockSeatsDeps,
  wanted: HeldSeats,
  { choice, mayJoin }: Attempt,
): Promise<Exclude<Tried, Undecided> | 'ended'> {
  const { scheduleId, seatIds } = wanted
  const listening = deps.holdOutcomes.listen(scheduleId, seatIds)
  try {
    const tried = mayJoin && listening.join() ? { waitMs: waitMaxMs } : await tryToLock(deps, wanted, choice)
    if (!isUndecided(tried)) return tried
    const heard = await listening.first(Math.min(waitMaxMs, tried.waitMs + 1))
    return heard === 'committed' ? 'taken' : 'ended'
  } finally {
    listening.stop()
  }
}

/** Others are being written; how long their tentative holds can still last. */
interface Undecided {
  readonly waitMs: number
}

type Tried = 'held' | 'taken' | 'changed' | { readonly singles: readonly string[] } | Undecided

const isUndecided = (tried: Tried): tried is Undecided => typeof tried === 'object' && 'waitMs' in tried

async function tryToLock(deps: LockSeatsDeps, wanted: HeldSeats, choice: RowChoice | null): Promise<Tried> {
  const { scheduleId, reservationId, seatIds } = wanted
  const asked = { scheduleId, reservationId, seatIds, tentativeMs: deps.tentativeHoldSeconds * 1000 }
  const judged = choice === null ? null : await judgeSingles(deps.redis, { scheduleId, reservationId, choice })
  if (judged !== null && 'singles' in judged) return judged
  const tried = await tellingOthers(deps.holdOutcomes, wanted, () =>
    judged === null ? deps.holdSeats(asked) : holdBeside(deps.redis, { ...asked, beside: judged.beside }),
  )
  return tried.outcome === 'tentative' ? { waitMs: tried.waitMs } : tried.outcome
}

type Locked = Awaited<ReturnType<HoldSeats | typeof holdBeside>>

/** Lets others of this process join: they hear what Redis answers or, of seats that are only being written, their outcome. */
async function tellingOthers(
  holdOutcomes: HoldOutcomes,
  { scheduleId, seatIds }: HeldSeats,
  lock: () => Promise<Locked>,
): Promise<Locked> {
  holdOutcomes.expect(scheduleId, seatIds)
  let undecidedIds: readonly string[] = []
  try {
    const tried = await lock()
    if (tried.outcome === 'taken') holdOutcomes.tellJoined('committed', scheduleId, tried.seatIds)
    if (tried.outcome === 'held') undecidedIds = seatIds
    if (tried.outcome === 'tentative') undecidedIds = tried.seatIds
    return tried
  } finally {
    const decidedIds = seatIds.filter((id) => !undecidedIds.includes(id))
    holdOutcomes.tellJoined('ended', scheduleId, decidedIds)
  }
}
