import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { activeKeyPrefix, epochKey, queueKey } from './keys.ts'
import { activeMs, type TicketFacts } from './place-request.ts'

const usersPerCall = 500

const script = defineScript({
  file: new URL('./renew-places.lua', import.meta.url),
  keys: ['queue', 'epoch'],
  args: z.object({
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    activeKeyPrefix: z.string(),
    userIds: z.array(z.string()),
  }),
  reply: replies({ renewed: { epochUs: z.number(), nowMs: z.number(), scoresUs: z.array(z.number()) } }),
})

/**
 * Keeps the places of users who wait in a schedule, as a poll of each would. Gives what a fresh ticket of each says, in the
 * order asked for; null of one who held no place any more.
 */
export async function renewPlaces(
  redis: RedisClient,
  { scheduleId, userIds }: { scheduleId: string; userIds: readonly string[] },
): Promise<(TicketFacts | null)[]> {
  const renewed: (TicketFacts | null)[] = []
  for (let from = 0; from < userIds.length; from += usersPerCall) {
    const { epochUs, nowMs, scoresUs } = await script(
      redis,
      { queue: queueKey(scheduleId), epoch: epochKey(scheduleId) },
      {
        scheduleId,
        activeMs,
        activeKeyPrefix: redis.keyPrefix + activeKeyPrefix,
        userIds: userIds.slice(from, from + usersPerCall),
      },
    )
    for (const scoreUs of scoresUs) renewed.push(scoreUs === 0 ? null : { epochUs, scoreUs, atMs: nowMs })
  }
  return renewed
}
