import type { RedisClient } from '@ticket-queue/redis'
import { answerPolls, type PollAnswer, pollsPerCallMax } from './answer-polls.ts'
import type { Poll } from './read-place.ts'
import { textOfDraw } from './told-draw.ts'

/** Answers a poll, as `readPlace` does. */
export type AnswerPoll = (poll: Poll) => Promise<PollAnswer>

interface Waiting {
  readonly poll: Poll
  readonly resolve: (answer: PollAnswer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gives `readPlace` for a process that many people ask: polls of one turn of the event loop that have the same terms go to Redis in
 * one call, up to `pollsPerCallMax` of them, so that a crowd costs Redis and the process a fraction of what as many calls would.
 */
export function gatherPolls(redis: RedisClient): AnswerPoll {
  let gathered = new Map<string, Waiting[]>()
  const send = () => {
    const groups = gathered
    gathered = new Map()
    for (const group of groups.values()) {
      for (let from = 0; from < group.length; from += pollsPerCallMax) {
        void answerTogether(redis, group.slice(from, from + pollsPerCallMax))
      }
    }
  }
  return (poll) =>
    new Promise((resolve, reject) => {
      if (gathered.size === 0) setImmediate(send)
      const terms = termsOf(poll)
      const group = gathered.get(terms)
      if (group === undefined) gathered.set(terms, [{ poll, resolve, reject }])
      else group.push({ poll, resolve, reject })
    })
}

async function answerTogether(redis: RedisClient, group: readonly Waiting[]): Promise<void> {
  const polls = group.map(({ poll }) => poll)
  const [first] = polls
  if (first === undefined) return
  const knownUs = Math.max(...polls.map((poll) => poll.knownUs ?? 0))
  try {
    const answers = await answerPolls(redis, { ...first, knownUs }, polls)
    for (const [index, { resolve, reject }] of group.entries()) {
      const answer = answers[index]
      if (answer === undefined) reject(new Error('a poll was not answered'))
      else resolve(answer)
    }
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}

/** Two polls with the same text may go together. What is known of moments only grows, so the latest of them serves all. */
function termsOf({ scheduleId, pollsPerMinute, perSecond, recovery, draw }: Poll): string {
  return `${scheduleId} ${pollsPerMinute} ${perSecond} ${recovery?.restoreMs} ${recovery?.graceMs} ${textOfDraw(draw)}`
}
