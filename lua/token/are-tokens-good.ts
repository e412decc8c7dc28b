import type { RedisClient } from '@ticket-queue/redis'
import { blacklistKey } from './keys.ts'

/** An access token as its bearer has shown it; `expiresAt` in Unix seconds. */
export interface BearerToken {
  readonly jti: string
  readonly expiresAt: number
}

const askedAtOnce = 1_000

/** Which of many verified access tokens are still good, in their order: neither logged out nor over by the clock of Redis. */
export const areTokensGood = async (redis: RedisClient, tokens: readonly BearerToken[]): Promise<boolean[]> => {
  if (tokens.length === 0) return []
  const [nowSeconds] = await redis.client.time()
  const good: boolean[] = []
  for (let from = 0; from < tokens.length; from += askedAtOnce) {
    const asked = tokens.slice(from, from + askedAtOnce)
    const blacklisted = await redis.client.mget(asked.map(({ jti }) => blacklistKey(jti)))
    good.push(...asked.map(({ expiresAt }, index) => blacklisted[index] === null && expiresAt > Number(nowSeconds)))
  }
  return good
}
