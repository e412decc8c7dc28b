import { testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, expect, inject, test } from 'vitest'
import { createRedis } from './create-redis.ts'
import { interruptedServer } from './interrupted-server.ts'
import { runExclusively } from './run-exclusively.ts'

const redis = testRedis()
const replicas = [redis, redis.duplicate(), redis.duplicate()]
afterAll(() => Promise.all(replicas.slice(1).map((replica) => replica.close())))

test('of three replicas at once one runs the job, the others are told that they did not', async () => {
  const { promise: finish, resolve } = Promise.withResolvers<string>()
  let running = 0
  const attempts = replicas.map((replica) =>
    runExclusively(replica, 'sweep', 10_000, () => {
      running += 1
      return finish
    }),
  )
  const refused = await Promise.race(attempts)
  expect(refused).toEqual({ ran: false })
  resolve('swept')
  const results = await Promise.all(attempts)
  expect(results.filter(({ ran }) => ran)).toEqual([{ ran: true, result: 'swept' }])
  expect(running).toBe(1)
})

test('the next one may run it as soon as it is done, also after a failure', async () => {
  const failing = runExclusively(redis, 'again', 10_000, async () => {
    throw new Error('job failed')
  })
  await expect(failing).rejects.toThrow('job failed')
  expect(await runExclusively(redis, 'again', 10_000, async () => 1)).toEqual({ ran: true, result: 1 })
  expect(await runExclusively(redis, 'again', 10_000, async () => 2)).toEqual({ ran: true, result: 2 })
})

test('jobs of different names do not wait for each other', async () => {
  const inner = () => runExclusively(redis, 'inner', 10_000, async () => 'both')
  expect(await runExclusively(redis, 'outer', 10_000, inner)).toEqual({
    ran: true,
    result: { ran: true, result: 'both' },
  })
})

test('the lock is renewed while the work goes on longer than its life', async () => {
  const beganAt = performance.now()
  const result = await runExclusively(redis, 'long', 300, async (signal) => {
    await waitUntil(() => performance.now() - beganAt > 900)
    const other = await runExclusively(redis, 'long', 300, async () => 'stolen')
    return { other, lost: signal.aborted }
  })
  expect(result).toEqual({ ran: true, result: { other: { ran: false }, lost: false } })
})

test('work whose lock was lost is told so', async () => {
  const result = await runExclusively(redis, 'lost', 300, async (signal) => {
    await redis.client.del('lock:lost')
    return waitUntil(() => signal.aborted)
  })
  expect(result).toEqual({ ran: true, result: true })
})

test('a lock that somebody else has taken over is not released', async () => {
  await runExclusively(redis, 'taken-over', 10_000, async () => {
    await redis.client.set('lock:taken-over', 'somebody else', 'PX', 10_000)
  })
  expect(await redis.client.get('lock:taken-over')).toBe('somebody else')
})

test('a Redis that cannot be asked is an error, not a job that somebody else runs', async () => {
  const server = await interruptedServer(inject('stack').redisUrl)
  const client = createRedis({ url: server.url, failFast: true })
  await client.check()
  server.cut()
  await expect(runExclusively(client, 'nobody', 1_000, async () => 'ran')).rejects.toThrow()
  await client.close()
  await server.close()
})
