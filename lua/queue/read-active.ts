import type { RedisClient } from '@ticket-queue/redis'
import { activeKey } from './keys.ts'

/** The schedule a user waits or shops in (QUEUE-011), or null. */
export const readActive = (redis: RedisClient, userId: string): Promise<string | null> =>
  redis.client.get(activeKey(userId))
