import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { heldSeatsKey, holdKeyPrefix, tentativeSeatsKey } from './keys.ts'

/** Of one run of the script, which keeps everybody else waiting. */
const pageSize = 200

const script = defineScript({
  file: new URL('./sweep-holds.lua', import.meta.url),
  keys: ['held', 'tentative'],
  args: z.object({ holdKeyPrefix: z.string(), cursor: z.string(), pageSize: z.int().positive() }),
  reply: replies({ page: { nextCursor: z.string(), seatIds: z.array(z.string()) } }),
})

/**
 * Takes the seats whose lock has gone out of a schedule's `hold_seats`, and says which they were; `rest` is awaited between its steps.
 * Safe with any number of sweepers.
 */
export const sweepHolds = async (
  redis: RedisClient,
  scheduleId: string,
  rest: () => Promise<void> = async () => {},
): Promise<string[]> => {
  const swept: string[] = []
  let cursor = '0'
  do {
    const page = await script(
      redis,
      { held: heldSeatsKey(scheduleId), tentative: tentativeSeatsKey(scheduleId) },
      { holdKeyPrefix: `${redis.keyPrefix}${holdKeyPrefix(scheduleId)}`, cursor, pageSize },
    )
    swept.push(...page.seatIds)
    cursor = page.nextCursor
    if (cursor !== '0') await rest()
  } while (cursor !== '0')
  return swept
}
