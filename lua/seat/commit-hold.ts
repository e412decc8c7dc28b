import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import type { SeatsOfReservation } from './hold-seats.ts'
import { heldSeatsKey, holdKey, seatOutcomesChannel, tentativeSeatsKey } from './keys.ts'

const script = defineScript({
  file: new URL('./commit-hold.lua', import.meta.url),
  keys: ['held', 'tentative', 'hold...'],
  args: z.object({
    reservationId: z.uuid(),
    remainingMs: z.int().positive(),
    channel: z.string(),
    scheduleId: z.uuid(),
    seatIds: z.array(z.uuid()).min(1),
  }),
  reply: replies({ committed: { expiresAtMs: z.number() }, lost: { seatIds: z.array(z.string()) } }),
})

/**
 * Lets a reservation's hold last `remainingMs` (> 0, whole) from now, as its database row says. `lost` if any seat is not its own
 * any more: then nothing has changed. Whoever waits for the outcome is told (`seatOutcomesChannel`). Safe to repeat.
 */
export const commitHold = (
  redis: RedisClient,
  { scheduleId, reservationId, seatIds, remainingMs }: SeatsOfReservation & { remainingMs: number },
) =>
  script(
    redis,
    {
      held: heldSeatsKey(scheduleId),
      tentative: tentativeSeatsKey(scheduleId),
      hold: seatIds.map((seatId) => holdKey(scheduleId, seatId)),
    },
    { reservationId, remainingMs, channel: redis.keyPrefix + seatOutcomesChannel, scheduleId, seatIds: [...seatIds] },
  )
