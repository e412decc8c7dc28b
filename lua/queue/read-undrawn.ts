import type { RedisClient } from '@ticket-queue/redis'
import { drawKey, epochKey } from './keys.ts'

/** Whether the order of a schedule with a draw does not stand yet, for those who do not ask one by one. */
export async function readUndrawn(redis: RedisClient, scheduleId: string): Promise<boolean> {
  const [orderEpochUs, epochUs] = await Promise.all([
    redis.client.hget(drawKey(scheduleId), 'orderEpochUs'),
    redis.client.hget(epochKey(scheduleId), 'us'),
  ])
  return orderEpochUs === null || orderEpochUs !== epochUs
}
