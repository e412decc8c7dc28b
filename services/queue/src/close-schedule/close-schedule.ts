import { type ClosedReason, closeQueue, openQueue } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Pace } from '../pace.ts'

export interface CloseScheduleDeps {
  readonly redis: RedisClient
  readonly pace: Pace
}

/**
 * Closes a schedule's queue: entering is refused with the reason, who waits is told it and keeps the place while asking, nobody is
 * admitted, who is inside stays. `changedBy` goes into the log. Tells whether this changed anything. Safe to repeat.
 */
export async function closeSchedule(
  { redis, pace }: CloseScheduleDeps,
  { scheduleId, reason, changedBy }: { scheduleId: string; reason: ClosedReason; changedBy: string },
): Promise<boolean> {
  const changed = await closeQueue(redis, scheduleId, reason, changedBy)
  if (changed) pace.forget(scheduleId)
  return changed
}

/** Opens a closed queue again, everybody at the place held before. Tells whether it was closed. Safe to repeat. */
export async function openSchedule(
  { redis, pace }: CloseScheduleDeps,
  { scheduleId, changedBy }: { scheduleId: string; changedBy: string },
): Promise<boolean> {
  const changed = await openQueue(redis, scheduleId, changedBy)
  if (changed) pace.forget(scheduleId)
  return changed
}
