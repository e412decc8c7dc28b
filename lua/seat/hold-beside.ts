import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { type Hold, holdReplies, tentativeHoldMs } from './hold-seats.ts'
import { heldSeatsKey, holdKeyPrefix, tentativeSeatsKey } from './keys.ts'
import { writeHold } from './write-hold.ts'

const script = defineScript({
  file: new URL('./hold-beside.lua', import.meta.url),
  keys: ['held', 'tentative'],
  args: z.object({
    holdKeyPrefix: z.string(),
    hold: z.string(),
    seen: z.string().regex(/^[01]*$/),
    besideIds: z.array(z.uuid()),
  }),
  reply: replies({ ...holdReplies, changed: {} }),
})

/**
 * As `holdSeats`, if each of the seats `beside` is somebody else's or not, as it was seen; otherwise `changed`, and nothing is
 * held. With no seats to hold it only says whether they are as seen.
 */
export const holdBeside = async (
  redis: RedisClient,
  {
    beside,
    tentativeMs = tentativeHoldMs,
    ...wanted
  }: Hold & { readonly beside: readonly { readonly seatId: string; readonly isTaken: boolean }[] },
) => {
  const { scheduleId, text } = writeHold({ ...wanted, ms: tentativeMs }, { min: 0, max: 4 })
  return script(
    redis,
    { held: heldSeatsKey(scheduleId), tentative: tentativeSeatsKey(scheduleId) },
    {
      holdKeyPrefix: redis.keyPrefix + holdKeyPrefix(scheduleId),
      hold: text,
      seen: beside.map(({ isTaken }) => (isTaken ? '1' : '0')).join(''),
      besideIds: beside.map(({ seatId }) => seatId),
    },
  )
}
