import { setTimeout as pause } from 'node:timers/promises'
import { holdSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { HeldSeats } from './store/cancel-rows.ts'

export interface LockSeatsDeps {
  readonly redis: RedisClient
  readonly tentativeHoldSeconds: number
}

const retryPauseMs = 40

/**
 * Locks seats in Redis for a reservation whose row is about to be written, all or none. Waits for the outcome of tentative
 * holds of others until `deadlineMs` (of `performance.now()`), at most as long as such a hold can live; then `undecided`.
 */
export async function lockSeats(
  deps: LockSeatsDeps,
  wanted: HeldSeats,
  deadlineMs: number,
): Promise<'held' | 'taken' | 'undecided'> {
  const { scheduleId, reservationId, seatIds } = wanted
  const tentativeMs = deps.tentativeHoldSeconds * 1000
  for (;;) {
    const { outcome } = await holdSeats(deps.redis, { scheduleId, reservationId, seatIds, tentativeMs })
    if (outcome !== 'tentative') return outcome
    if (performance.now() > deadlineMs) return 'undecided'
    await pause(retryPauseMs + Math.random() * retryPauseMs)
  }
}
