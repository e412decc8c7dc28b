import { gatherCalls, type RedisClient } from '@ticket-queue/redis'
import { answerPolls, type PollAnswer, pollsPerCallMax } from './answer-polls.ts'
import { knownToAll } from './place-request.ts'
import type { Poll } from './read-place.ts'
import { textOfDraw } from './told-draw.ts'

/** Answers a poll, as `readPlace` does. */
export type AnswerPoll = (poll: Poll) => Promise<PollAnswer>

/** Gives `readPlace` for a process that many people ask: polls of one turn of the event loop share a call. */
export const gatherPolls = (redis: RedisClient): AnswerPoll =>
  gatherCalls(
    async (polls: readonly Poll[]) => {
      const [first] = polls
      return first === undefined ? [] : answerPolls(redis, { ...first, ...knownToAll(polls) }, polls)
    },
    { itemsMax: pollsPerCallMax, termsOf },
  )

/** Two polls with the same text may go together. */
function termsOf({ scheduleId, pollsPerMinute, perSecond, recovery, draw }: Poll): string {
  return `${scheduleId} ${pollsPerMinute} ${perSecond} ${recovery?.restoreMs} ${textOfDraw(draw)}`
}
