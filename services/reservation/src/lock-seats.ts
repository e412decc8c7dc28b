import { holdBeside, holdSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { HoldOutcomes } from './hold-outcomes.ts'
import { judgeSingles, type RowChoice } from './judge-singles.ts'
import type { HeldSeats } from './store/cancel-rows.ts'

export interface LockSeatsDeps {
  readonly redis: RedisClient
  readonly holdOutcomes: HoldOutcomes
  readonly tentativeHoldSeconds: number
}

export type LockOutcome = 'held' | 'taken' | 'undecided' | { readonly singles: readonly string[] }

/** After so long it is asked again although nothing was heard: a message may be lost, a tentative hold may have run out. */
const waitMaxMs = 500

/**
 * Locks seats in Redis for a reservation whose row is about to be written, all or none. Waits for the outcome of tentative
 * holds of others until `deadlineMs` (of `performance.now()`), at most as long as such a hold can live; then `undecided`.
 * With a `choice` to be judged, nothing is locked that would needlessly leave `singles`; what the judgement rests on is
 * looked at again in the step that locks, and judged anew when it has changed.
 */
export async function lockSeats(
  deps: LockSeatsDeps,
  wanted: HeldSeats,
  deadlineMs: number,
  choice: RowChoice | null = null,
): Promise<LockOutcome> {
  for (;;) {
    const outcome = await tryOrWait(deps, wanted, choice)
    if (outcome !== 'changed' && outcome !== 'ended') return outcome
    if (performance.now() > deadlineMs) return 'undecided'
  }
}

/** Listens before it tries, so that no outcome falls between the two. */
async function tryOrWait(
  deps: LockSeatsDeps,
  wanted: HeldSeats,
  choice: RowChoice | null,
): Promise<Exclude<Tried, Undecided> | 'ended'> {
  const listening = deps.holdOutcomes.listen(wanted.scheduleId, wanted.seatIds)
  try {
    const tried = await tryToLock(deps, wanted, choice)
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
  const tried =
    judged === null
      ? await holdSeats(deps.redis, asked)
      : await holdBeside(deps.redis, { ...asked, beside: judged.beside })
  return tried.outcome === 'tentative' ? { waitMs: tried.waitMs } : tried.outcome
}
