import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { type SeatsOfReservation, tentativeHoldMs } from './hold-seats.ts'
import { heldSeatsKey, holdKey, tentativeSeatsKey } from './keys.ts'

const script = defineScript({
  file: new URL('./hold-beside.lua', import.meta.url),
  keys: ['held', 'tentative', 'hold...'],
  args: z.object({
    reservationId: z.uuid(),
    tentativeMs: z.int().positive(),
    seen: z.string().regex(/^[01]*$/),
    seatIds: z.array(z.uuid()).max(4),
  }),
  reply: replies({
    held: { expiresAtMs: z.number() },
    taken: { seatIds: z.array(z.string()) },
    tentative: { waitMs: z.number(), seatIds: z.array(z.string()) },
    changed: {},
  }),
})

/**
 * As `holdSeats`, if each of the seats `beside` is somebody else's or not, as it was seen; otherwise `changed`, and nothing is
 * held. With no seats to hold it only says whether they are as seen.
 */
export const holdBeside = (
  redis: RedisClient,
  input: SeatsOfReservation & {
    beside: readonly { readonly seatId: string; readonly isTaken: boolean }[]
    tentativeMs?: number
  },
) => {
  const { scheduleId, reservationId, seatIds, beside, tentativeMs = tentativeHoldMs } = input
  return script(
    redis,
    {
      held: heldSeatsKey(scheduleId),
      tentative: tentativeSeatsKey(scheduleId),
      hold: [...seatIds, ...beside.map(({ seatId }) => seatId)].map((seatId) => holdKey(scheduleId, seatId)),
    },
    {
      reservationId,
      tentativeMs,
      seen: beside.map(({ isTaken }) => (isTaken ? '1' : '0')).join(''),
      seatIds: [...seatIds],
    },
  )
}
