import { leaveQueue as giveUpPlace, revokeTokens } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'

export interface LeaveQueueDeps {
  readonly redis: RedisClient
}

/** Ends a user's wait in a schedule, or the stay of one who has been admitted. Safe to repeat. */
export async function leaveQueue(
  { redis }: LeaveQueueDeps,
  who: { scheduleId: string; userId: string },
): Promise<void> {
  await giveUpPlace(redis, who)
  await revokeTokens(redis, who)
}
