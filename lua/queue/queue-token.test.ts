import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { tokenKey } from './keys.ts'
import { areQueueTokensAlive, gatherQueueTokens, newQueueToken, readQueueToken } from './queue-token.ts'

const redis = testRedis()

test('of thousands of tokens each is told to live or not, in their order', async () => {
  const tokens = Array.from({ length: 2_500 }, () => newQueueToken('RESERVATION'))
  const alive = tokens.map((_, index) => index % 3 === 0)
  await redis.client.mset(...tokens.filter((_, index) => alive[index]).flatMap((token) => [tokenKey(token), '{}']))
  expect(await areQueueTokensAlive(redis, tokens)).toEqual(alive)
  expect(await areQueueTokensAlive(redis, [])).toEqual([])
})

test('tokens that are read in one turn are each told what they stand for, as one alone is', async () => {
  const own = Array.from({ length: 120 }, () => {
    const facts = {
      userId: randomUUID(),
      scheduleId: randomUUID(),
      type: 'RESERVATION' as const,
      issuedAt: 1,
      expiresAt: 2,
    }
    return { token: newQueueToken('RESERVATION'), facts }
  })
  await redis.client.mset(...own.flatMap(({ token, facts }) => [tokenKey(token), JSON.stringify(facts)]))
  const read = gatherQueueTokens(redis)
  const strange = [newQueueToken('RESERVATION'), 'qr_*', '']
  const found = await Promise.all([...own.map(({ token }) => token), ...strange].map((token) => read(token)))
  expect(found).toEqual([...own.map(({ facts }) => facts), null, null, null])
  expect(found.slice(0, 1)).toEqual([await readQueueToken(redis, own[0]?.token ?? '')])
})
