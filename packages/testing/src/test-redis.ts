import { createRedis, type RedisClient } from '@ticket-queue/redis'
import { v7 } from 'uuid'
import { afterAll, inject } from 'vitest'

/** A Redis connection whose keys carry a prefix of this test file's own; they are removed after the file's tests. */
export function testRedis(): RedisClient {
  const stack = inject('stack')
  const keyPrefix = `test:${stack.runId}:${v7().slice(-12)}:`
  const redis = createRedis({ url: stack.redisUrl, keyPrefix, connectionName: 'test' })
  afterAll(async () => {
    await removeKeys(stack.redisUrl, keyPrefix)
    await redis.close()
  })
  return redis
}

/** Removes everything this test file has in Redis, in the middle of a test: as if the server had lost it. */
export const emptyRedis = (redis: RedisClient): Promise<void> => removeKeys(inject('stack').redisUrl, redis.keyPrefix)

async function removeKeys(url: string, prefix: string): Promise<void> {
  // Without the prefix of the connection, because SCAN answers with the names as they are.
  const plain = createRedis({ url, connectionName: 'test-cleanup' })
  try {
    let cursor = '0'
    do {
      const [next, keys] = await plain.client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000)
      if (keys.length > 0) await plain.client.unlink(...keys)
      cursor = next
    } while (cursor !== '0')
  } finally {
    await plain.close()
  }
}
