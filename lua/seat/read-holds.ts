import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { heldSeatsKey, holdKeyPrefix } from './keys.ts'

const pageSize = 1_000

const script = defineScript({
  file: new URL('./read-holds.lua', import.meta.url),
  keys: ['held'],
  args: z.object({ holdKeyPrefix: z.string(), cursor: z.string(), pageSize: z.int().positive() }),
  reply: replies({ page: { nextCursor: z.string(), seatIds: z.array(z.string()) } }),
})

/** The seats of a schedule that somebody holds now, in no order; read in pages, so that thousands of holds stop nobody else. */
export const readHolds = async (redis: RedisClient, scheduleId: string): Promise<string[]> => {
  const seatIds = new Set<string>()
  let cursor = '0'
  do {
    const page = await script(
      redis,
      { held: heldSeatsKey(scheduleId) },
      { holdKeyPrefix: `${redis.keyPrefix}${holdKeyPrefix(scheduleId)}`, cursor, pageSize },
    )
    for (const seatId of page.seatIds) seatIds.add(seatId)
    cursor = page.nextCursor
  } while (cursor !== '0')
  return [...seatIds]
}
