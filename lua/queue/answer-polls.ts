import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKeyPrefix,
  arrivedKey,
  closedKey,
  drawKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  pollsKeyPrefix,
  queueKey,
  schedulesKey,
  staysKey,
} from './keys.ts'
import {
  activeMs,
  type PlaceRequest,
  placeReplies,
  type QueueRequest,
  queueArguments,
  queueArgumentsOf,
  textOfTicket,
} from './place-request.ts'

const answer = replies({ ...placeReplies, absent: {}, limited: { retryAfterMs: z.number() } })

const script = defineScript({
  file: new URL('./answer-polls.lua', import.meta.url),
  keys: ['queue', 'stays', 'schedules', 'epoch', 'gone', 'closed', 'arrived', 'log', 'logs', 'draw'],
  args: z.object({
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    pollsPerMinute: z.int().nonnegative(),
    ...queueArguments,
    activeKeyPrefix: z.string(),
    pollsKeyPrefix: z.string(),
    people: z.array(z.string()),
  }),
  reply: replies({ answers: { answers: z.array(answer) } }),
})

/** What a poll is answered with. */
export type PollAnswer = z.output<typeof answer>

/** What the polls of one call have in common. */
export interface PollTerms extends QueueRequest {
  /** How many early ones of a person are answered in a minute; 0: the service asks for people, and nothing is counted as theirs. */
  readonly pollsPerMinute: number
}

/** Who asks. */
export type Asking = Pick<PlaceRequest, 'userId' | 'ticket'>

/** So many people one call answers at most: meanwhile Redis answers nobody else, and who asked waits for all of them. */
export const pollsPerCallMax = 16

/** The answers to at most `pollsPerCallMax` people who ask for their place in one schedule's queue, in their order; see `readPlace`. */
export const answerPolls = async (
  redis: RedisClient,
  terms: PollTerms,
  people: readonly Asking[],
): Promise<PollAnswer[]> => {
  if (people.length > pollsPerCallMax) throw new Error(`${people.length} people are too many for one call`)
  const { scheduleId, pollsPerMinute } = terms
  const { answers } = await script(
    redis,
    {
      queue: queueKey(scheduleId),
      stays: staysKey(scheduleId),
      schedules: schedulesKey,
      epoch: epochKey(scheduleId),
      gone: goneKey(scheduleId),
      closed: closedKey(scheduleId),
      arrived: arrivedKey(scheduleId),
      log: logKey(scheduleId),
      logs: logsKey,
      draw: drawKey(scheduleId),
    },
    {
      scheduleId,
      activeMs,
      pollsPerMinute,
      ...queueArgumentsOf(terms),
      activeKeyPrefix: redis.keyPrefix + activeKeyPrefix,
      pollsKeyPrefix: redis.keyPrefix + pollsKeyPrefix,
      people: people.map(textOf),
    },
  )
  return answers
}

const textOf = ({ userId, ticket }: Asking): string => `${userId}${textOfTicket(ticket)}`
