import Redlock from 'redlock'
import type { RedisClient } from './create-redis.ts'

export type Exclusive<Result> = { ran: true; result: Result } | { ran: false }

/**
 * Runs a job unless another process is running it under the same name: then `{ ran: false }` at once. The lock is renewed while
 * the work goes on and ends `ttlMs` after a crash. `signal` aborts if the lock is lost: a lock of this kind saves double work
 * but cannot forbid it, so what the work writes must be guarded by the database as well. Throws if Redis cannot be asked.
 */
export const runExclusively = async <Result>(
  redis: RedisClient,
  name: string,
  ttlMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Exclusive<Result>> => {
  // The published types know only the callback form with an array, which ioredis takes as well.
  const redlock = new Redlock([redis.client as unknown as Redlock.CompatibleRedisClient], { retryCount: 0 })
  // redlock reports a dead server and a lock held elsewhere by the same error: only the former comes with a client error.
  let clientError: unknown
  redlock.on('clientError', (error) => {
    clientError = error
  })
  const lock = await redlock.lock(`lock:${name}`, ttlMs).catch((error: unknown) => {
    if (clientError !== undefined) throw clientError
    if (error instanceof Redlock.LockError) return null
    throw error
  })
  if (lock === null) return { ran: false }

  const lost = new AbortController()
  let renewal: Promise<unknown> = Promise.resolve()
  const renewing = setInterval(() => {
    renewal = lock.extend(ttlMs).catch((error: unknown) => lost.abort(error))
  }, ttlMs / 3)
  try {
    return { ran: true, result: await work(lost.signal) }
  } finally {
    clearInterval(renewing)
    await renewal
    // A lock that cannot be given back ends by itself.
    await lock.unlock().catch(() => {})
  }
}
