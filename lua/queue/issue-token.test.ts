import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { issueToken, issueTokens } from './issue-token.ts'
import { activeKey, admittedKey, tokenKey } from './keys.ts'
import { isQueueTokenShaped, newQueueToken, newQueueTokens, readQueueToken } from './queue-token.ts'

const redis = testRedis()

async function inside() {
  const who = { scheduleId: randomUUID(), userId: randomUUID() }
  await enterQueue(redis, who)
  const { admitted } = await admitBatch(redis, who.scheduleId)
  return { ...who, reservationToken: admitted[0]?.token ?? '' }
}

test('a payment token is bound to user, schedule and reservation and lives ten minutes (QUEUE-003, QUEUE-004)', async () => {
  const { scheduleId, userId, reservationToken } = await inside()
  const reservationId = randomUUID()
  const { token, expiresAtMs } = await issueToken(redis, { scheduleId, userId, reservationId })
  expect(token).toMatch(/^qp_[A-Za-z0-9_-]{43}$/)
  const facts = await readQueueToken(redis, token)
  expect(facts).toEqual({
    userId,
    scheduleId,
    type: 'PAYMENT',
    reservationId,
    issuedAt: expiresAtMs - 600_000,
    expiresAt: expiresAtMs,
  })
  expect(await redis.client.pttl(tokenKey(token))).toBeGreaterThan(595_000)
  expect((await readQueueToken(redis, reservationToken))?.type).toBe('RESERVATION')
})

test('asked again for the same reservation, also 20 times at once, it is the same token', async () => {
  const who = await inside()
  const reservationId = randomUUID()
  const issued = await Promise.all(Array.from({ length: 20 }, () => issueToken(redis, { ...who, reservationId })))
  expect(new Set(issued.map(({ token }) => token)).size).toBe(1)
})

test('those who ask together are each answered as if the others before had asked alone, in their order', async () => {
  const people = await Promise.all(Array.from({ length: 20 }, inside))
  const [first, ...others] = people.map((who) => ({ ...who, reservationId: randomUUID() }))
  if (first === undefined) throw new Error('nobody')
  const before = await issueToken(redis, first)
  const instead = { ...first, reservationId: randomUUID() }
  const issued = await issueTokens(redis, [first, ...others, instead, instead])
  expect(issued[0]).toEqual(before)
  expect(issued.at(-1)).toEqual(issued.at(-2))
  expect(await readQueueToken(redis, before.token)).toBeNull()
  const facts = await Promise.all(issued.slice(1).map(({ token }) => readQueueToken(redis, token)))
  expect(facts.map((one) => [one?.userId, one?.scheduleId, one?.reservationId])).toEqual(
    [...others, instead, instead].map(({ userId, scheduleId, reservationId }) => [userId, scheduleId, reservationId]),
  )
  expect(await issueTokens(redis, [])).toEqual([])
})

test('a token for another reservation ends the one before', async () => {
  const who = await inside()
  const first = await issueToken(redis, { ...who, reservationId: randomUUID() })
  const second = await issueToken(redis, { ...who, reservationId: randomUUID() })
  expect(second.token).not.toBe(first.token)
  expect(await readQueueToken(redis, first.token)).toBeNull()
  expect(await readQueueToken(redis, second.token)).not.toBeNull()
})

test('who pays stays inside, and in this schedule, until the payment token ends', async () => {
  const who = await inside()
  await redis.client.zadd(admittedKey(who.scheduleId), 1, who.userId)
  await redis.client.pexpire(activeKey(who.userId), 1_000)
  const { expiresAtMs } = await issueToken(redis, { ...who, reservationId: randomUUID() })
  expect(Number(await redis.client.zscore(admittedKey(who.scheduleId), who.userId))).toBe(expiresAtMs)
  expect(await redis.client.pttl(activeKey(who.userId))).toBeGreaterThan(595_000)
})

test('a user who has gone to another schedule meanwhile is not pulled back', async () => {
  const who = await inside()
  const elsewhere = randomUUID()
  await redis.client.set(activeKey(who.userId), elsewhere)
  await issueToken(redis, { ...who, reservationId: randomUUID() })
  expect(await redis.client.get(activeKey(who.userId))).toBe(elsewhere)
})

test('10,000 tokens differ, and only what looks like one is looked up', async () => {
  const tokens = [...newQueueTokens('RESERVATION', 9_999), newQueueToken('RESERVATION')]
  expect(new Set(tokens).size).toBe(10_000)
  expect(tokens.every(isQueueTokenShaped)).toBe(true)
  for (const wrong of ['', 'qr_', 'qr_short', 'xx_'.padEnd(46, 'a'), 'qr_'.padEnd(47, 'a'), `${tokens[0]}\n`, 'qr_*']) {
    expect(isQueueTokenShaped(wrong)).toBe(false)
    expect(await readQueueToken(redis, wrong)).toBeNull()
  }
  expect(await readQueueToken(redis, newQueueToken('PAYMENT'))).toBeNull()
})
