import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { activeMs } from './enter-queue.ts'
import { activeKeyPrefix, queueKey } from './keys.ts'

const usersPerCall = 500

const script = defineScript({
  file: new URL('./renew-places.lua', import.meta.url),
  keys: ['queue'],
  args: z.object({
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    activeKeyPrefix: z.string(),
    userIds: z.array(z.string()),
  }),
  reply: replies({ renewed: { userIds: z.array(z.string()) } }),
})

/** Keeps the places of users who wait in a schedule, as a poll of each would; gives those who still had one. */
export async function renewPlaces(
  redis: RedisClient,
  { scheduleId, userIds }: { scheduleId: string; userIds: readonly string[] },
): Promise<string[]> {
  const renewed: string[] = []
  for (let from = 0; from < userIds.length; from += usersPerCall) {
    const reply = await script(
      redis,
      { queue: queueKey(scheduleId) },
      {
        scheduleId,
        activeMs,
        activeKeyPrefix: redis.keyPrefix + activeKeyPrefix,
        userIds: userIds.slice(from, from + usersPerCall),
      },
    )
    renewed.push(...reply.userIds)
  }
  return renewed
}
