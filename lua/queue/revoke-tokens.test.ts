import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { issueToken } from './issue-token.ts'
import { activeKey, staysKey } from './keys.ts'
import { readQueueToken } from './queue-token.ts'
import { countPeople, readSchedules } from './read-statistics.ts'
import { revokeTokens } from './revoke-tokens.ts'

const redis = testRedis()

async function inside() {
  const who = { scheduleId: randomUUID(), userId: randomUUID() }
  await enterQueue(redis, who)
  const { admitted } = await admitBatch(redis, who.scheduleId)
  return { ...who, token: admitted[0]?.token ?? '' }
}

test('both tokens end, the place inside is free and the user may go elsewhere; again it does nothing', async () => {
  const who = await inside()
  const payment = await issueToken(redis, { ...who, reservationId: randomUUID() })
  expect(await countPeople(redis, who.scheduleId)).toEqual({ waiting: 0, inside: 1 })
  expect(await revokeTokens(redis, who)).toEqual({ outcome: 'revoked', tokens: [who.token, payment.token] })
  expect(await readQueueToken(redis, who.token)).toBeNull()
  expect(await readQueueToken(redis, payment.token)).toBeNull()
  expect(await countPeople(redis, who.scheduleId)).toEqual({ waiting: 0, inside: 0 })
  expect((await enterQueue(redis, { scheduleId: randomUUID(), userId: who.userId })).outcome).toBe('waiting')
  expect(await revokeTokens(redis, who)).toEqual({ outcome: 'revoked', tokens: [] })
})

test('the tokens of others, and of the same user in another schedule, go on', async () => {
  const [one, other] = [await inside(), await inside()]
  await revokeTokens(redis, { scheduleId: other.scheduleId, userId: one.userId })
  expect(await readQueueToken(redis, one.token)).not.toBeNull()
  expect(await readQueueToken(redis, other.token)).not.toBeNull()
  expect(await redis.client.get(activeKey(one.userId))).toBe(one.scheduleId)
})

test('who has come back to the queue meanwhile keeps the new place', async () => {
  const who = await inside()
  await redis.client.hdel(staysKey(who.scheduleId), who.userId)
  expect((await enterQueue(redis, who)).outcome).toBe('waiting')
  await revokeTokens(redis, who)
  expect(await redis.client.get(activeKey(who.userId))).toBe(who.scheduleId)
  expect(await readSchedules(redis)).toContain(who.scheduleId)
})
