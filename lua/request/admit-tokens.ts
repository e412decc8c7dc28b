import { defineScript, gatherCalls, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { blacklistKey } from '../token/index.ts'
import { userRateKey } from './keys.ts'

const script = defineScript({
  file: new URL('./admit-tokens.lua', import.meta.url),
  keys: ['tokens...'],
  args: z.object({ userMax: z.int().nonnegative(), windowMs: z.int().positive() }),
  reply: replies({ admitted: { figures: z.array(z.number()) } }),
})

/** A verified token that a request shows. */
export interface ShownToken {
  readonly jti: string
  readonly userId: string
}

export type AdmittedToken =
  | { readonly outcome: 'good'; readonly current: number; readonly retryAfterMs: number }
  | { readonly outcome: 'loggedOut' }

export type AdmitToken = (shown: ShownToken) => Promise<AdmittedToken>

/** Redis answers nobody else while it counts so many. */
const tokensPerCallMax = 16

/**
 * Gives a function that says whether a verified token has been logged out; if not, it counts the request against its user: `retryAfterMs`
 * is 0 while it is within `userMax` a window (0: any number). Requests of one turn of the event loop share a call. Rejects if Redis
 * cannot be asked: the caller decides what that means.
 */
export const gatherTokens = (redis: RedisClient, limits: { userMax: number; windowMs: number }): AdmitToken =>
  gatherCalls(
    async (shown: readonly ShownToken[]) => {
      const tokens = shown.flatMap(({ jti, userId }) => [blacklistKey(jti), userRateKey(userId)])
      const { figures } = await script(redis, { tokens }, limits)
      return shown.map((_, index) => admittedBy(figures[2 * index], figures[2 * index + 1]))
    },
    { itemsMax: tokensPerCallMax },
  )

function admittedBy(current: number | undefined, retryAfterMs: number | undefined): AdmittedToken {
  if (current === undefined || retryAfterMs === undefined) throw new Error('a token was not judged')
  return current < 0 ? { outcome: 'loggedOut' } : { outcome: 'good', current, retryAfterMs }
}
