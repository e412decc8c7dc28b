import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { heldSeatsKey, holdKey, tentativeSeatsKey } from './keys.ts'

export interface SeatsOfReservation {
  scheduleId: string
  reservationId: string
  seatIds: readonly string[]
}

/** How long a hold waits for its database row (data.md, rule 4). */
export const tentativeHoldMs = 15_000

const script = defineScript({
  file: new URL('./hold-seats.lua', import.meta.url),
  keys: ['held', 'tentative', 'hold...'],
  args: z.object({
    reservationId: z.uuid(),
    tentativeMs: z.int().positive(),
    seatIds: z.array(z.uuid()).min(1).max(4),
  }),
  reply: replies({
    held: { expiresAtMs: z.number() },
    taken: { seatIds: z.array(z.string()) },
    tentative: { waitMs: z.number(), seatIds: z.array(z.string()) },
  }),
})

/**
 * Holds one to four seats tentatively, all or none (RSV-003). `taken`: another reservation has them for good or until its hold ends;
 * `tentative`: another one is being written, and whether it stays is known within `waitMs`. Safe to repeat.
 */
export const holdSeats = (
  redis: RedisClient,
  { scheduleId, reservationId, seatIds, tentativeMs = tentativeHoldMs }: SeatsOfReservation & { tentativeMs?: number },
) =>
  script(
    redis,
    {
      held: heldSeatsKey(scheduleId),
      tentative: tentativeSeatsKey(scheduleId),
      hold: seatIds.map((seatId) => holdKey(scheduleId, seatId)),
    },
    { reservationId, tentativeMs, seatIds: [...seatIds] },
  )
