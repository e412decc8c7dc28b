import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import type { SeatsOfReservation } from './hold-seats.ts'
import { heldSeatsKey, holdKeyPrefix, seatOutcomesChannel, tentativeSeatsKey } from './keys.ts'
import { onlyAnswer, textsOf, type WrittenHold, writeHold } from './write-hold.ts'

const answer = replies({ committed: { expiresAtMs: z.number() }, lost: { seatIds: z.array(z.string()) } })

const script = defineScript({
  file: new URL('./commit-hold.lua', import.meta.url),
  keys: ['held', 'tentative'],
  args: z.object({
    holdKeyPrefix: z.string(),
    channel: z.string(),
    scheduleId: z.string(),
    holds: z.array(z.string()).min(1),
  }),
  reply: replies({ answers: { answers: z.array(answer) } }),
})

/** What became of a hold whose row is written. */
export type CommitAnswer = z.output<typeof answer>

export interface Commit extends SeatsOfReservation {
  /** From now to the end of the hold, as its database row says: > 0, whole. */
  readonly remainingMs: number
}

/** Checks a commit before it goes with others; throws for one that is not to be sent. */
export const writeCommit = ({ remainingMs, ...owned }: Commit): WrittenHold =>
  writeHold({ ...owned, ms: remainingMs }, { min: 1, max: Number.POSITIVE_INFINITY })

/** The answers to at most `holdsPerCallMax` commits of one schedule, in their order, each all or none; see `commitHold`. */
export const commitTogether = async (
  redis: RedisClient,
  scheduleId: string,
  commits: readonly WrittenHold[],
): Promise<CommitAnswer[]> => {
  const { answers } = await script(
    redis,
    { held: heldSeatsKey(scheduleId), tentative: tentativeSeatsKey(scheduleId) },
    {
      holdKeyPrefix: redis.keyPrefix + holdKeyPrefix(scheduleId),
      channel: redis.keyPrefix + seatOutcomesChannel,
      scheduleId,
      holds: textsOf(scheduleId, commits),
    },
  )
  return answers
}

/**
 * Lets a reservation's hold last `remainingMs` from now. `lost` if any seat is not its own any more: then nothing has changed.
 * Whoever waits for the outcome is told (`seatOutcomesChannel`). Safe to repeat.
 */
export const commitHold = async (redis: RedisClient, commit: Commit): Promise<CommitAnswer> =>
  onlyAnswer(await commitTogether(redis, commit.scheduleId, [writeCommit(commit)]))
