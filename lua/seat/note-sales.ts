import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import type { SeatsOfReservation } from './hold-seats.ts'
import { holdKey, salesKey } from './keys.ts'

/** How long a sale stays noted: longer than the event service is ever behind without somebody being called. */
const keepMs = 3_600_000

const script = defineScript({
  file: new URL('./note-sales.lua', import.meta.url),
  keys: ['sales', 'hold...'],
  args: z.object({
    reservationId: z.uuid(),
    sale: z.enum(['sold', 'freed']),
    keepMs: z.int().positive(),
    seatIds: z.array(z.uuid()).min(1),
  }),
  reply: replies({ noted: { seatIds: z.array(z.string()) } }),
})

/**
 * Notes that a reservation's seats have been sold, or freed after a sale, so that seat states show it before the event
 * service does. To be called before the next one can do the opposite: sold within the transaction, freed before the locks
 * are given back. Safe to repeat.
 */
export const noteSales = (
  redis: RedisClient,
  { scheduleId, reservationId, seatIds, sale }: SeatsOfReservation & { sale: 'sold' | 'freed' },
) =>
  script(
    redis,
    { sales: salesKey(scheduleId), hold: seatIds.map((seatId) => holdKey(scheduleId, seatId)) },
    { reservationId, sale, keepMs, seatIds: [...seatIds] },
  )
