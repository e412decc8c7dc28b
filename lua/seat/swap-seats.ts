import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { heldSeatsKey, holdKey, tentativeSeatsKey } from './keys.ts'

const script = defineScript({
  file: new URL('./swap-seats.lua', import.meta.url),
  keys: ['held', 'tentative', 'hold...'],
  args: z.object({
    reservationId: z.uuid(),
    remainingMs: z.int().positive(),
    droppedCount: z.int().nonnegative(),
    seatIds: z.array(z.uuid()).max(8),
  }),
  reply: replies({
    swapped: { expiresAtMs: z.number() },
    lost: { seatIds: z.array(z.string()) },
    taken: { seatIds: z.array(z.string()) },
    tentative: { waitMs: z.number(), seatIds: z.array(z.string()) },
  }),
})

/**
 * Exchanges the seats of a hold in one step: all of `newSeatIds` are held for `remainingMs` and those of `oldSeatIds` that are
 * not among them are free, or nothing has changed. Seats in both lists are kept. Safe to repeat before another swap.
 */
export const swapSeats = (
  redis: RedisClient,
  input: {
    scheduleId: string
    reservationId: string
    oldSeatIds: readonly string[]
    newSeatIds: readonly string[]
    remainingMs: number
  },
) => {
  const { scheduleId, reservationId, remainingMs } = input
  const dropped = input.oldSeatIds.filter((seatId) => !input.newSeatIds.includes(seatId))
  const seatIds = [...dropped, ...input.newSeatIds]
  return script(
    redis,
    {
      held: heldSeatsKey(scheduleId),
      tentative: tentativeSeatsKey(scheduleId),
      hold: seatIds.map((seatId) => holdKey(scheduleId, seatId)),
    },
    { reservationId, remainingMs, droppedCount: dropped.length, seatIds },
  )
}
