import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { activeMs, type UserInSchedule } from './enter-queue.ts'
import { activeKey, pollsKey, queueKey, userTokensKey } from './keys.ts'

const script = defineScript({
  file: new URL('./read-place.lua', import.meta.url),
  keys: ['queue', 'active', 'userTokens', 'polls'],
  args: z.object({
    userId: z.uuid(),
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    pollsPerMinute: z.int().positive(),
  }),
  reply: replies({
    waiting: { ahead: z.number(), total: z.number() },
    active: { token: z.string(), expiresAtMs: z.number() },
    absent: {},
    limited: { retryAfterMs: z.number() },
  }),
})

/** A user's place in a schedule's queue, or the token once admitted; asking keeps the place (QUEUE-002). At most `pollsPerMinute` per user are answered. */
export const readPlace = (
  redis: RedisClient,
  { scheduleId, userId, pollsPerMinute }: UserInSchedule & { pollsPerMinute: number },
) =>
  script(
    redis,
    {
      queue: queueKey(scheduleId),
      active: activeKey(userId),
      userTokens: userTokensKey(scheduleId, userId),
      polls: pollsKey(userId),
    },
    { userId, scheduleId, activeMs, pollsPerMinute },
  )
