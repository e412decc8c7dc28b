import { setTimeout as pause } from 'node:timers/promises'
import { holdBeside, holdSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import { judgeSingles, type RowChoice } from './judge-singles.ts'
import type { HeldSeats } from './store/cancel-rows.ts'

export interface LockSeatsDeps {
  readonly redis: RedisClient
  readonly tentativeHoldSeconds: number
}

export type LockOutcome = 'held' | 'taken' | 'undecided' | { readonly singles: readonly string[] }

const retryPauseMs = 40

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
    const outcome = await tryToLock(deps, wanted, choice)
    if (outcome !== 'tentative' && outcome !== 'changed') return outcome
    if (performance.now() > deadlineMs) return 'undecided'
    if (outcome === 'tentative') await pause(retryPauseMs + Math.random() * retryPauseMs)
  }
}

async function tryToLock(deps: LockSeatsDeps, wanted: HeldSeats, choice: RowChoice | null) {
  const { scheduleId, reservationId, seatIds } = wanted
  const asked = { scheduleId, reservationId, seatIds, tentativeMs: deps.tentativeHoldSeconds * 1000 }
  if (choice === null) return (await holdSeats(deps.redis, asked)).outcome
  const judged = await judgeSingles(deps.redis, { scheduleId, reservationId, choice })
  if ('singles' in judged) return judged
  return (await holdBeside(deps.redis, { ...asked, beside: judged.beside })).outcome
}
