import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { heldSeatsKey, holdKeyPrefix, tentativeSeatsKey } from './keys.ts'
import { onlyAnswer, textsOf, type WrittenHold, writeHold } from './write-hold.ts'

export interface SeatsOfReservation {
  scheduleId: string
  reservationId: string
  seatIds: readonly string[]
}

/** How long a hold waits for its database row (data.md, rule 4). */
export const tentativeHoldMs = 15_000

/** What the scripts that hold seats say of one hold. */
export const holdReplies = {
  held: { expiresAtMs: z.number() },
  taken: { seatIds: z.array(z.string()) },
  tentative: { waitMs: z.number(), seatIds: z.array(z.string()) },
}
const answer = replies(holdReplies)

const script = defineScript({
  file: new URL('./hold-seats.lua', import.meta.url),
  keys: ['held', 'tentative'],
  args: z.object({ holdKeyPrefix: z.string(), holds: z.array(z.string()).min(1) }),
  reply: replies({ answers: { answers: z.array(answer) } }),
})

/** What became of a hold that was asked for. */
export type HoldAnswer = z.output<typeof answer>

export interface Hold extends SeatsOfReservation {
  /** > 0, whole; `tentativeHoldMs` unless told otherwise. */
  readonly tentativeMs?: number | undefined
}

/** Checks a hold before it goes with others; throws for one that is not to be sent. */
export const writeTentative = ({ tentativeMs = tentativeHoldMs, ...wanted }: Hold): WrittenHold =>
  writeHold({ ...wanted, ms: tentativeMs }, { min: 1, max: 4 })

/**
 * The answers to at most `holdsPerCallMax` holds of one schedule, in their order: each is judged as if those before had been asked for by
 * calls of their own; see `holdSeats`.
 */
export const holdTogether = async (
  redis: RedisClient,
  scheduleId: string,
  holds: readonly WrittenHold[],
): Promise<HoldAnswer[]> => {
  const { answers } = await script(
    redis,
    { held: heldSeatsKey(scheduleId), tentative: tentativeSeatsKey(scheduleId) },
    { holdKeyPrefix: redis.keyPrefix + holdKeyPrefix(scheduleId), holds: textsOf(scheduleId, holds) },
  )
  return answers
}

/**
 * Holds one to four seats tentatively, all or none (RSV-003). `taken`: another reservation has them for good or until its hold ends;
 * `tentative`: another one is being written, and whether it stays is known within `waitMs`. Safe to repeat.
 */
export const holdSeats = async (redis: RedisClient, hold: Hold): Promise<HoldAnswer> =>
  onlyAnswer(await holdTogether(redis, hold.scheduleId, [writeTentative(hold)]))
