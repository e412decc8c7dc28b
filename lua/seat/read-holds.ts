import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { heldSeatsKey, holdKeyPrefix, tentativeSeatsKey } from './keys.ts'

const pageSize = 1_000

const script = defineScript({
  file: new URL('./read-holds.lua', import.meta.url),
  keys: ['held', 'tentative'],
  args: z.object({ holdKeyPrefix: z.string(), cursor: z.string(), pageSize: z.int().positive() }),
  reply: replies({ page: { nextCursor: z.string(), tentativeCount: z.int(), seatIds: z.array(z.string()) } }),
})

/** The seats of a schedule that somebody holds now, in no order; read in pages, so that thousands of holds stop nobody else. */
export const readHolds = async (redis: RedisClient, scheduleId: string): Promise<string[]> => [
  ...(await readHoldsByKind(redis, scheduleId)).held,
]

/**
 * As `readHolds`, with those of the held seats that were tentative at the moment in which they were seen to be held: whether a
 * hold stays is not told by looking at both one after the other.
 */
export const readHoldsByKind = async (
  redis: RedisClient,
  scheduleId: string,
): Promise<{ held: ReadonlySet<string>; tentative: ReadonlySet<string> }> => {
  const [held, tentative] = [new Set<string>(), new Set<string>()]
  let cursor = '0'
  do {
    const page = await script(
      redis,
      { held: heldSeatsKey(scheduleId), tentative: tentativeSeatsKey(scheduleId) },
      { holdKeyPrefix: `${redis.keyPrefix}${holdKeyPrefix(scheduleId)}`, cursor, pageSize },
    )
    for (const seatId of page.seatIds) held.add(seatId)
    for (const seatId of page.seatIds.slice(0, page.tentativeCount)) tentative.add(seatId)
    cursor = page.nextCursor
  } while (cursor !== '0')
  return { held, tentative }
}
