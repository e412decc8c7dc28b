import type { RedisClient } from '@ticket-queue/redis'
import { admittedKey, queueKey, schedulesKey } from './keys.ts'

/** The schedules with somebody waiting. */
export const readSchedules = (redis: RedisClient): Promise<string[]> => redis.client.smembers(schedulesKey)

/** How many wait for and are inside a schedule now, by the clock of Redis. */
export const countPeople = async (
  redis: RedisClient,
  scheduleId: string,
): Promise<{ waiting: number; inside: number }> => {
  const [seconds] = await redis.client.time()
  const [waiting, inside] = await Promise.all([
    redis.client.zcard(queueKey(scheduleId)),
    redis.client.zcount(admittedKey(scheduleId), Number(seconds) * 1000, '+inf'),
  ])
  return { waiting, inside }
}
