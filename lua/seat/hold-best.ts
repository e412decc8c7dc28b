import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { tentativeHoldMs } from './hold-seats.ts'
import { heldSeatsKey, holdKeyPrefix, tentativeSeatsKey } from './keys.ts'

/** Seats side by side, as far as one asker may have them. */
export interface OfferedSegment {
  /** The index of the best seat; between two if both are. */
  readonly nearest: number
  /** In their order. `GONE`: whatever Redis says; `KEPT_BACK`: not for this asker, but free if nobody has locked it. */
  readonly seats: readonly { readonly id: string; readonly state: 'OFFERED' | 'KEPT_BACK' | 'GONE' }[]
}

/** Of one asker. */
export const bestSeatsMax = 4
/** Segments of one run of the script, which keeps everybody else waiting. */
export const offeredSegmentsMax = 1_000

const script = defineScript({
  file: new URL('./hold-best.lua', import.meta.url),
  keys: ['held', 'tentative'],
  args: z.object({
    holdKeyPrefix: z.string(),
    reservationId: z.uuid(),
    tentativeMs: z.int().positive(),
    count: z.int().min(1).max(bestSeatsMax),
    manner: z.enum(['together', 'apart']),
    singles: z.enum(['avoided', 'allowed']),
    segments: z.array(z.string()).max(offeredSegmentsMax),
  }),
  reply: replies({
    held: { expiresAtMs: z.number(), seatIds: z.array(z.string()) },
    none: { seatIds: z.array(z.string()) },
    tentative: { seatIds: z.array(z.string()) },
  }),
})

/**
 * Holds `count` free seats tentatively in the first of the segments that has room (RSV-001), side by side or `apart`: then of
 * several segments if need be, all or none. `singles: 'avoided'` passes over what would leave a single free seat. `none`: no
 * segment has room; `tentative`: nor has any, but there would be room if the holds that are being written came to nothing.
 * Both name the seats that there are for `apart`, too few: they count together with those of further segments.
 */
export const holdBest = (
  redis: RedisClient,
  input: {
    scheduleId: string
    reservationId: string
    count: number
    manner: 'together' | 'apart'
    singles: 'avoided' | 'allowed'
    segments: readonly OfferedSegment[]
    tentativeMs?: number
  },
) => {
  const { scheduleId, reservationId, count, manner, singles, segments, tentativeMs = tentativeHoldMs } = input
  return script(
    redis,
    { held: heldSeatsKey(scheduleId), tentative: tentativeSeatsKey(scheduleId) },
    {
      holdKeyPrefix: `${redis.keyPrefix}${holdKeyPrefix(scheduleId)}`,
      reservationId,
      tentativeMs,
      count,
      manner,
      singles,
      segments: segments.map(textOf),
    },
  )
}

/** A crowd is shown the same segments. */
const texts = new WeakMap<OfferedSegment, string>()

function textOf(segment: OfferedSegment): string {
  const known = texts.get(segment)
  if (known !== undefined) return known
  const tokens = segment.seats.map(({ id, state }) => (state === 'GONE' ? '-' : state === 'KEPT_BACK' ? `~${id}` : id))
  const text = `${segment.nearest + 1}:${tokens.join(',')}`
  texts.set(segment, text)
  return text
}
