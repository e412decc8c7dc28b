import type { RedisClient } from '@ticket-queue/redis'
import { answerPolls, type PollAnswer } from './answer-polls.ts'
import type { PlaceRequest } from './place-request.ts'

/** One poll of one user. */
export type Poll = PlaceRequest & { readonly pollsPerMinute: number }

/**
 * A user's place in a schedule's queue, or the token once admitted; asking keeps the place (QUEUE-002). Who asks before the advised
 * time gets the last answer, and is refused from `pollsPerMinute` on (QUEUE-008); who asks at the advised time never is.
 */
export const readPlace = async (redis: RedisClient, poll: Poll): Promise<PollAnswer> => {
  const [answer] = await answerPolls(redis, poll, [poll])
  if (answer === undefined) throw new Error('a poll was not answered')
  return answer
}
