import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { isAway } from './is-away.ts'

const redis = testRedis()
const errorOf = (call: Promise<unknown>) => call.then(() => null).catch((error: unknown) => error)

test('a closed connection and a server that nobody may write to are away; what Redis says of one call is not', async () => {
  const closed = redis.duplicate({ connectionName: 'closed' })
  await closed.close()
  expect(isAway(await errorOf(closed.client.get('key')))).toBe(true)
  const said = (words: string) => errorOf(redis.client.eval(`return redis.error_reply('${words}')`, 0))
  expect(isAway(await said('READONLY You cannot write against a read only replica.'))).toBe(true)
  expect(isAway(await said('WRONGTYPE Operation against a key holding the wrong kind of value'))).toBe(false)
  expect(isAway(new RangeError('not of Redis'))).toBe(false)
})
