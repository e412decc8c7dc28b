import type { RedisClient } from '@ticket-queue/redis'
import { queueKey } from './keys.ts'

const pageSize = 10_000

/**
 * Shows the whole line of a schedule in order, one read for each 10,000 people. People who move up between two reads are
 * passed over: who is not shown may still be in line.
 */
export async function readLine(
  redis: RedisClient,
  scheduleId: string,
  show: (userId: string, ahead: number) => void,
): Promise<void> {
  for (let from = 0; ; from += pageSize) {
    const page = await redis.client.zrange(queueKey(scheduleId), from, String(from + pageSize - 1))
    for (const [index, userId] of page.entries()) show(userId, from + index)
    if (page.length < pageSize) return
  }
}
