import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { blacklistToken } from '../token/index.ts'
import { gatherTokens } from './admit-tokens.ts'
import { userRateKey } from './keys.ts'

const redis = testRedis()
const limits = { userMax: 3, windowMs: 60_000 }
const admitWithin = (own: Partial<typeof limits> = {}) => gatherTokens(redis, { ...limits, ...own })
const somebody = () => ({ jti: randomUUID(), userId: randomUUID() })

test('of requests that come together as many are within the limit as it says, and the rest learn when to come again', async () => {
  const [who, admit] = [somebody(), admitWithin()]
  const all = await Promise.all(Array.from({ length: 200 }, () => admit(who)))
  const good = all.flatMap((one) => (one.outcome === 'good' ? [one] : []))
  expect(good.map(({ current }) => current).toSorted((a, b) => a - b)).toEqual(Array.from(all, (_, at) => at + 1))
  for (const { current, retryAfterMs } of good) {
    if (current <= limits.userMax) expect(retryAfterMs).toBe(0)
    else expect([retryAfterMs > 50_000, retryAfterMs <= 60_000]).toEqual([true, true])
  }
})

test('the window begins with the first request and is not put off by later ones', async () => {
  const who = somebody()
  await admitWithin({ windowMs: 5_000 })(who)
  await admitWithin()(who)
  expect(await redis.client.pttl(userRateKey(who.userId))).toBeLessThanOrEqual(5_000)
})

test('a token that was logged out is told so and leaves the allowance of its user alone', async () => {
  const who = somebody()
  await blacklistToken(redis, who.jti, 60)
  expect(await admitWithin()(who)).toEqual({ outcome: 'loggedOut' })
  expect(await redis.client.exists(userRateKey(who.userId))).toBe(0)
})

test('where there is no limit nothing is counted, and a token that was logged out is still known', async () => {
  const who = somebody()
  const admit = admitWithin({ userMax: 0 })
  expect(await admit(who)).toEqual({ outcome: 'good', current: 0, retryAfterMs: 0 })
  expect(await redis.client.exists(userRateKey(who.userId))).toBe(0)
  await blacklistToken(redis, who.jti, 60)
  expect(await admit(who)).toEqual({ outcome: 'loggedOut' })
})

test('requests that share a call are each judged for themselves', async () => {
  const admit = admitWithin()
  const [one, other, gone] = [somebody(), somebody(), somebody()]
  await blacklistToken(redis, gone.jti, 60)
  expect(await Promise.all([one, gone, other, one].map((who) => admit(who)))).toEqual([
    { outcome: 'good', current: 1, retryAfterMs: 0 },
    { outcome: 'loggedOut' },
    { outcome: 'good', current: 1, retryAfterMs: 0 },
    { outcome: 'good', current: 2, retryAfterMs: 0 },
  ])
  expect(await redis.client.exists(userRateKey(gone.userId))).toBe(0)
})
