import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { tokenKey } from './keys.ts'
import { areQueueTokensAlive, newQueueToken } from './queue-token.ts'

const redis = testRedis()

test('of thousands of tokens each is told to live or not, in their order', async () => {
  const tokens = Array.from({ length: 2_500 }, () => newQueueToken('RESERVATION'))
  const alive = tokens.map((_, index) => index % 3 === 0)
  await redis.client.mset(...tokens.filter((_, index) => alive[index]).flatMap((token) => [tokenKey(token), '{}']))
  expect(await areQueueTokensAlive(redis, tokens)).toEqual(alive)
  expect(await areQueueTokensAlive(redis, [])).toEqual([])
})
