import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { activeKey, admittedKey, tokenKey, tokenKeyPrefix, userTokensKey } from './keys.ts'
import type { UserInSchedule } from './place-request.ts'
import { newQueueToken, queueTokenMs } from './queue-token.ts'

const script = defineScript({
  file: new URL('./issue-token.lua', import.meta.url),
  keys: ['token', 'userTokens', 'admitted', 'active'],
  args: z.object({
    userId: z.uuid(),
    scheduleId: z.uuid(),
    reservationId: z.uuid(),
    token: z.string(),
    tokenMs: z.int().positive(),
    tokenKeyPrefix: z.string(),
  }),
  reply: replies({ issued: { token: z.string(), expiresAtMs: z.number() } }),
})

/** The payment token of a reservation (QUEUE-004), ten minutes from its first issue. Safe to repeat: the same reservation has the same token. */
export const issueToken = (
  redis: RedisClient,
  { userId, scheduleId, reservationId }: UserInSchedule & { reservationId: string },
) => {
  const token = newQueueToken('PAYMENT')
  return script(
    redis,
    {
      token: tokenKey(token),
      userTokens: userTokensKey(scheduleId, userId),
      admitted: admittedKey(scheduleId),
      active: activeKey(userId),
    },
    {
      userId,
      scheduleId,
      reservationId,
      token,
      tokenMs: queueTokenMs,
      tokenKeyPrefix: redis.keyPrefix + tokenKeyPrefix,
    },
  )
}
