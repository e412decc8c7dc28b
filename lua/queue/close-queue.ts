import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { closedKey, logKey, logsKey } from './keys.ts'
import { type ClosedReason, closedReasonSchema } from './place-request.ts'

const script = defineScript({
  file: new URL('./close-queue.lua', import.meta.url),
  keys: ['closed', 'log', 'logs'],
  args: z.object({ scheduleId: z.uuid(), reason: z.string(), changedBy: z.string() }),
  reply: replies({ changed: {}, unchanged: {} }),
})

const change = async (redis: RedisClient, scheduleId: string, reason: ClosedReason | '', changedBy: string) => {
  const keys = { closed: closedKey(scheduleId), log: logKey(scheduleId), logs: logsKey }
  const { outcome } = await script(redis, keys, { scheduleId, reason, changedBy })
  return outcome === 'changed'
}

/**
 * Closes a schedule's queue: nobody enters or is admitted any more, whoever is inside stays, places are kept. Another reason
 * replaces the one before. Tells whether this changed anything. Safe to repeat.
 */
export const closeQueue = (
  redis: RedisClient,
  scheduleId: string,
  reason: ClosedReason,
  changedBy: string,
): Promise<boolean> => change(redis, scheduleId, reason, changedBy)

/** Opens a closed queue again: everybody who still polls has the place held before. Tells whether it was closed. Safe to repeat. */
export const openQueue = (redis: RedisClient, scheduleId: string, changedBy: string): Promise<boolean> =>
  change(redis, scheduleId, '', changedBy)

/** Why a schedule's queue is closed, or null while it is open. */
export const readClosed = async (redis: RedisClient, scheduleId: string): Promise<ClosedReason | null> =>
  closedReasonSchema.nullable().parse(await redis.client.get(closedKey(scheduleId)))
