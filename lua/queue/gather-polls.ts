import { gatherCalls, type RedisClient } from '@ticket-queue/redis'
import { answerPolls, type PollAnswer, pollsPerCallMax } from './answer-polls.ts'
import { defaultRecovery } from './place-request.ts'
import type { Poll } from './read-place.ts'
import { textOfDraw } from './told-draw.ts'

/** Answers a poll, as `readPlace` does. */
export type AnswerPoll = (poll: Poll) => Promise<PollAnswer>

/** Gives `readPlace` for a process that many people ask: polls of one turn of the event loop share a call. */
export const gatherPolls = (redis: RedisClient): AnswerPoll =>
  gatherCalls(
    async (polls: readonly Poll[]) => {
      const [first] = polls
      if (first === undefined) return []
      // What is known of moments only grows, so the latest of them serves all.
      const knownUs = Math.max(...polls.map((poll) => poll.knownUs ?? 0))
      // The grace counts down by the millisecond, so the longest of them serves all.
      const graceMs = Math.max(...polls.map(({ recovery = defaultRecovery }) => recovery.graceMs))
      const { recovery = defaultRecovery } = first
      return answerPolls(redis, { ...first, knownUs, recovery: { ...recovery, graceMs } }, polls)
    },
    { itemsMax: pollsPerCallMax, termsOf },
  )

/** Two polls with the same text may go together. */
function termsOf({ scheduleId, pollsPerMinute, perSecond, recovery, draw }: Poll): string {
  return `${scheduleId} ${pollsPerMinute} ${perSecond} ${recovery?.restoreMs} ${textOfDraw(draw)}`
}
