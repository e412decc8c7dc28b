import { leaveQueue as giveUpPlace, readActive, revokeTokens } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { KnownMoments } from '../known-moments.ts'
import type { Recoveries } from '../recoveries.ts'

export interface LeaveQueueDeps {
  readonly redis: RedisClient
  readonly known: KnownMoments
  readonly recoveries: Recoveries
}

/** Ends a user's wait in a schedule, or the stay of one who has been admitted. Safe to repeat. */
export async function leaveQueue(
  { redis, known, recoveries }: LeaveQueueDeps,
  who: { scheduleId: string; userId: string },
): Promise<void> {
  const { scheduleId } = who
  await giveUpPlace(redis, { ...who, knownUs: known.of(scheduleId), recovery: recoveries.of(scheduleId) })
  await revokeTokens(redis, who)
}

/** Ends a user's wait or stay in whichever schedule it is, so that somebody who has gone takes nobody's turn. Safe to repeat. */
export async function giveUpPlaces(deps: LeaveQueueDeps, userId: string): Promise<void> {
  const scheduleId = await readActive(deps.redis, userId)
  if (scheduleId !== null) await leaveQueue(deps, { scheduleId, userId })
}
