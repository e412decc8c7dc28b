import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import type { SeatsOfReservation } from './hold-seats.ts'
import { heldSeatsKey, holdKeyPrefix, tentativeSeatsKey } from './keys.ts'

const script = defineScript({
  file: new URL('./find-loose-holds.lua', import.meta.url),
  keys: ['held', 'tentative'],
  args: z.object({ holdKeyPrefix: z.string(), seats: z.array(z.string()) }),
  reply: replies({ loose: { reservationIds: z.array(z.string()) } }),
})

/** Holds of one run of the script, which keeps everybody else waiting. */
const holdsMax = 100

/**
 * Which of the holds of one schedule, as the rows have them, Redis does not keep like that: a lock is lost, somebody else's, still
 * tentative, not listed, or lasts shorter or longer than `remainingMs` (from now) by more than a tenth. Changes nothing.
 */
export const findLooseHolds = async (
  redis: RedisClient,
  scheduleId: string,
  holds: readonly (Pick<SeatsOfReservation, 'reservationId' | 'seatIds'> & { readonly remainingMs: number })[],
): Promise<ReadonlySet<string>> => {
  const loose = new Set<string>()
  for (let start = 0; start < holds.length; start += holdsMax) {
    const seats = holds
      .slice(start, start + holdsMax)
      .flatMap(({ reservationId, remainingMs, seatIds }) =>
        seatIds.map((seatId) => `${reservationId} ${Math.max(0, Math.round(remainingMs))} ${seatId}`),
      )
    const { reservationIds } = await script(
      redis,
      { held: heldSeatsKey(scheduleId), tentative: tentativeSeatsKey(scheduleId) },
      { holdKeyPrefix: `${redis.keyPrefix}${holdKeyPrefix(scheduleId)}`, seats },
    )
    for (const reservationId of reservationIds) loose.add(reservationId)
  }
  return loose
}
