import { testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, afterEach, expect, inject, test } from 'vitest'
import { createRedis, type RedisClient } from './create-redis.ts'
import { type InterruptedServer, interruptedServer } from './interrupted-server.ts'

const direct = testRedis()
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const resource of opened.splice(0).reverse()) await resource.close()
})
const uncaught: unknown[] = []
const remember = (error: unknown) => uncaught.push(error)
process.on('uncaughtException', remember)
process.on('unhandledRejection', remember)
afterAll(() => {
  process.off('uncaughtException', remember)
  process.off('unhandledRejection', remember)
})

async function overServer(options: { failFast: boolean }): Promise<{ redis: RedisClient; server: InterruptedServer }> {
  const server = await interruptedServer(inject('stack').redisUrl)
  opened.push(server)
  const redis = createRedis({ url: server.url, keyPrefix: direct.keyPrefix, commandTimeoutMs: 3_000, ...options })
  opened.push(redis)
  await redis.check()
  return { redis, server }
}

test('a client that fails fast refuses within a moment while Redis is away, and works again when it is back', async () => {
  const { redis, server } = await overServer({ failFast: true })
  await redis.client.set('kept', '1')
  server.cut()
  await waitUntil(() => redis.client.status !== 'ready')
  const beganAt = performance.now()
  await expect(redis.client.get('kept')).rejects.toThrow()
  expect(performance.now() - beganAt).toBeLessThan(500)
  server.mend()
  expect(await waitUntil(() => redis.client.get('kept'), { timeoutMs: 10_000 })).toBe('1')
  expect(uncaught).toEqual([])
})

test('a client that waits answers a command sent during a short loss once Redis is back', async () => {
  const { redis, server } = await overServer({ failFast: false })
  await redis.client.set('patient', '2')
  server.cut()
  await waitUntil(() => redis.client.status !== 'ready')
  const answer = redis.client.get('patient')
  server.mend()
  expect(await answer).toBe('2')
  expect(uncaught).toEqual([])
})

test('a client that waits gives up in the end, and the process lives', async () => {
  const { redis, server } = await overServer({ failFast: false })
  server.cut()
  await waitUntil(() => redis.client.status !== 'ready')
  await expect(redis.client.get('never')).rejects.toThrow()
  expect(uncaught).toEqual([])
})

test('the check of a client that fails fast waits for the first connection, and rejects when there is none', async () => {
  const fresh = createRedis({ url: inject('stack').redisUrl, failFast: true })
  opened.push(fresh)
  await fresh.check()
  const { redis, server } = await overServer({ failFast: true })
  server.cut()
  await waitUntil(() => redis.client.status !== 'ready')
  await expect(redis.check()).rejects.toThrow('did not answer')
  expect(uncaught).toEqual([])
})

test('whoever opened the client is told about a loss', async () => {
  const server = await interruptedServer(inject('stack').redisUrl)
  opened.push(server)
  const errors: Error[] = []
  server.cut()
  const redis = createRedis({ url: server.url, onError: (error) => errors.push(error) })
  opened.push(redis)
  await waitUntil(() => errors.length > 0)
})

test('a duplicate has a connection of its own and the same prefix', async () => {
  const duplicate = direct.duplicate({ connectionName: 'second' })
  opened.push(duplicate)
  await direct.client.set('seen-by-both', 'yes')
  expect(await duplicate.client.get('seen-by-both')).toBe('yes')
  expect(await duplicate.client.client('ID')).not.toBe(await direct.client.client('ID'))
})

test('closing a client that has no connection does not wait for one', async () => {
  const server = await interruptedServer(inject('stack').redisUrl)
  opened.push(server)
  server.cut()
  const redis = createRedis({ url: server.url })
  await redis.close()
  await waitUntil(() => redis.client.status === 'end')
})

test('commands of one turn are held back until there are eight of them or the turn ends, and each has its own answer', async () => {
  const redis = direct.duplicate()
  opened.push(redis)
  const { client } = redis
  await client.ping()
  const echoed = Array.from({ length: 7 }, (_, n) => client.echo(String(n)))
  expect(client.stream.writableCorked).toBe(1)
  echoed.push(client.echo('7'))
  expect(client.stream.writableCorked).toBe(0)
  echoed.push(client.echo('8'))
  expect(client.stream.writableCorked).toBe(1)
  expect(await Promise.all(echoed)).toEqual(Array.from({ length: 9 }, (_, n) => String(n)))
  expect(client.stream.writableCorked).toBe(0)
})
