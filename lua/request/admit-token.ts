import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { blacklistKey } from '../token/index.ts'
import { userRateKey } from './keys.ts'

const script = defineScript({
  file: new URL('./admit-token.lua', import.meta.url),
  keys: ['blacklist', 'user'],
  args: z.object({ userMax: z.int().nonnegative(), windowMs: z.int().positive() }),
  reply: replies({ good: { current: z.number(), retryAfterMs: z.number() }, loggedOut: {} }),
})

/**
 * Says whether a verified token has been logged out; if not, counts the request against its user: `retryAfterMs` is 0 while it is
 * within `userMax` a window (0: any number). Throws if Redis cannot be asked: the caller decides what that means.
 */
export const admitToken = (
  redis: RedisClient,
  { jti, userId }: { jti: string; userId: string },
  limits: { userMax: number; windowMs: number },
) => script(redis, { blacklist: blacklistKey(jti), user: userRateKey(userId) }, limits)
