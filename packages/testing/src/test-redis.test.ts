import { expect, test } from 'vitest'
import { testRedis } from './test-redis.ts'

const one = testRedis()
const other = testRedis()

test('two users of Redis in one run do not see each other’s keys', async () => {
  await one.client.set('seat', 'held')
  expect(await one.client.get('seat')).toBe('held')
  expect(await other.client.get('seat')).toBeNull()
})
