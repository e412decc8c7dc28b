import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { blacklistToken, isBlacklisted } from './blacklist.ts'
import { blacklistKey } from './keys.ts'

const redis = testRedis()

test('a blacklisted token is refused for the rest of its life, and no other one', async () => {
  const jti = randomUUID()
  expect(await isBlacklisted(redis, jti)).toBe(false)
  await blacklistToken(redis, jti, 1_799.2)
  expect(await isBlacklisted(redis, jti)).toBe(true)
  expect(await isBlacklisted(redis, randomUUID())).toBe(false)
  expect(await redis.client.ttl(blacklistKey(jti))).toBeGreaterThan(1_795)
  expect(await redis.client.ttl(blacklistKey(jti))).toBeLessThanOrEqual(1_800)
})

test.each([[0], [-5]])('a token with %i s to live needs no entry', async (seconds) => {
  const jti = randomUUID()
  await blacklistToken(redis, jti, seconds)
  expect(await redis.client.exists(blacklistKey(jti))).toBe(0)
})
