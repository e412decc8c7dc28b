import type { RedisClient } from '@ticket-queue/redis'
import { arrivedKey } from './keys.ts'
import { activeMs } from './place-request.ts'

const keptMs = 2 * activeMs

/** Notes that users who have been admitted to a schedule were told so, in another way than by a poll: they are no no-shows. */
export async function markArrived(
  redis: RedisClient,
  { scheduleId, userIds }: { scheduleId: string; userIds: readonly string[] },
): Promise<void> {
  if (userIds.length === 0) return
  const key = arrivedKey(scheduleId)
  await redis.client
    .multi()
    .sadd(key, ...userIds)
    .pexpire(key, keptMs)
    .exec()
}
