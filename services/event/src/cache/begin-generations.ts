import { randomUUID } from 'node:crypto'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'

/** Begins new generations of cache entries, after which the old ones are served to nobody. Never throws. */
export type BeginGenerations = (generationKeys: readonly string[]) => Promise<void>

const generationSeconds = 3600
const retryMs = 500

/**
 * Redis is told at once; what it does not take it is told again each half second until it does, so that a failover does not leave a
 * change unseen (EVT-019). After `entriesEndMs` there is nothing left to drop, and that is the most that waits here.
 */
export function createBeginGenerations(deps: { redis: RedisClient; log: Log; entriesEndMs: number }): BeginGenerations {
  const { redis, log, entriesEndMs } = deps
  /** Until when each is tried again, of `performance.now()`. */
  const untold = new Map<string, number>()
  let isRetryPlanned = false

  const tell = async (keys: readonly string[]) => {
    const told = await Promise.allSettled(
      keys.map((key) => redis.client.set(key, randomUUID(), 'EX', generationSeconds)),
    )
    return told.flatMap((one, index) =>
      one.status === 'rejected' ? [{ key: keys[index] ?? '', error: one.reason }] : [],
    )
  }

  const retry = async () => {
    isRetryPlanned = false
    for (const [key, untilMs] of untold) if (performance.now() > untilMs) untold.delete(key)
    const asked = [...untold]
    const refused = new Set((await tell(asked.map(([key]) => key))).map(({ key }) => key))
    // What was to be told anew meanwhile, and failed, is still to be told.
    for (const [key, untilMs] of asked) if (!refused.has(key) && untold.get(key) === untilMs) untold.delete(key)
    if (untold.size > 0) planRetry()
    else if (asked.length > 0)
      log.info({ entries: asked.length }, 'cache entries that could not be dropped have been dropped')
  }

  const planRetry = () => {
    if (isRetryPlanned) return
    isRetryPlanned = true
    setTimeout(retry, retryMs).unref()
  }

  return async (keys) => {
    const refused = await tell(keys)
    const [first] = refused
    if (first === undefined) return
    log.warn({ err: first.error, entries: refused.length }, 'cache entries could not be dropped: it is tried again')
    for (const { key } of refused) untold.set(key, performance.now() + entriesEndMs)
    planRetry()
  }
}
