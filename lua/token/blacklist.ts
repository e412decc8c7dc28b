import type { RedisClient } from '@ticket-queue/redis'
import { blacklistKey } from './keys.ts'

/** Refuses an access token from now on. `seconds` is what is left of its life: an ended token (≤ 0) needs no entry. */
export const blacklistToken = async (redis: RedisClient, jti: string, seconds: number): Promise<void> => {
  const lifetimeSeconds = Math.ceil(seconds)
  if (lifetimeSeconds > 0) await redis.client.set(blacklistKey(jti), '1', 'EX', lifetimeSeconds)
}

/** Whether an access token is refused. Throws if Redis cannot be asked: the caller decides what that means. */
export const isBlacklisted = async (redis: RedisClient, jti: string): Promise<boolean> =>
  (await redis.client.exists(blacklistKey(jti))) === 1
