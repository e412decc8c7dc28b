import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { areTokensGood } from './are-tokens-good.ts'
import { blacklistToken } from './blacklist.ts'

const redis = testRedis()

test('of many tokens those are good that are neither logged out nor over by the clock of Redis, however many are asked of', async () => {
  const nowSeconds = Number((await redis.client.time())[0])
  const tokens = Array.from({ length: 2_500 }, () => ({ jti: randomUUID(), expiresAt: nowSeconds + 3_600 }))
  const loggedOut = new Set([0, 1_400, 2_499])
  for (const index of loggedOut) await blacklistToken(redis, tokens[index]?.jti ?? '', 3_600)
  const asked = tokens.map((token, index) => (index === 7 ? { ...token, expiresAt: nowSeconds } : token))
  expect(await areTokensGood(redis, asked)).toEqual(asked.map((_, index) => !loggedOut.has(index) && index !== 7))
  expect(await areTokensGood(redis, [])).toEqual([])
})
