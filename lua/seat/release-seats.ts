import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import type { SeatsOfReservation } from './hold-seats.ts'
import { heldSeatsKey, holdKey, seatOutcomesChannel, tentativeSeatsKey } from './keys.ts'

const script = defineScript({
  file: new URL('./release-seats.lua', import.meta.url),
  keys: ['held', 'tentative', 'hold...'],
  args: z.object({
    reservationId: z.uuid(),
    channel: z.string(),
    scheduleId: z.uuid(),
    seatIds: z.array(z.uuid()).min(1),
  }),
  reply: replies({ released: { seatIds: z.array(z.string()) } }),
})

/** Frees those of the seats that the reservation still owns, and says which they were. Safe to repeat. */
export const releaseSeats = (redis: RedisClient, { scheduleId, reservationId, seatIds }: SeatsOfReservation) =>
  script(
    redis,
    {
      held: heldSeatsKey(scheduleId),
      tentative: tentativeSeatsKey(scheduleId),
      hold: seatIds.map((seatId) => holdKey(scheduleId, seatId)),
    },
    { reservationId, channel: redis.keyPrefix + seatOutcomesChannel, scheduleId, seatIds: [...seatIds] },
  )
