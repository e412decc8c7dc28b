import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKeyPrefix,
  arrivedKey,
  closedKey,
  configKey,
  drawKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  newcomersKey,
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
import { defaultQueueConfig } from './queue-config.ts'

const answer = replies({
  ...placeReplies,
  elsewhere: { scheduleId: z.string() },
  full: {},
  draining: {},
  owing: { bits: z.number(), nowMs: z.number() },
  outdated: {},
  limited: { retryAfterMs: z.number() },
})

const script = defineScript({
  file: new URL('./enter-queue.lua', import.meta.url),
  keys: ['queue', 'stays', 'config', 'schedules', 'epoch', 'gone', 'closed', 'arrived', 'log', 'logs', 'draw'],
  args: z.object({
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    defaultCapacity: z.int().positive(),
    entersPerMinute: z.int().nonnegative(),
    ...queueArguments,
    activeKeyPrefix: z.string(),
    pollsKeyPrefix: z.string(),
    newcomersKeyPrefix: z.string(),
    people: z.array(z.string()),
  }),
  reply: replies({ answers: { answers: z.array(answer) } }),
})

/** What somebody who enters is answered. */
export type EntryAnswer = z.output<typeof answer>

/** What the entries of one call have in common. */
export interface EntryTerms extends QueueRequest {
  /** How many entries of one account are answered in a minute; 0: any number. */
  readonly entersPerMinute?: number | undefined
}

export interface EnterRequest extends EntryTerms, PlaceRequest {
  /** What the accounts of one network have in common, without spaces: nobody must be able to read the address in it. */
  readonly network?: string | undefined
  /** Until when (unix ms of Redis) the work shown counts; only of a proof that has been checked. */
  readonly proofEndsMs?: number | undefined
}

/** Who enters. */
export type Entering = Pick<EnterRequest, 'userId' | 'ticket' | 'network' | 'proofEndsMs'>

/** So many people one call lets enter at most: meanwhile Redis answers nobody else, and who asked waits for all of them. */
export const entriesPerCallMax = 16

/**
 * The answers to at most `entriesPerCallMax` people who enter one schedule's queue: each is judged in the order given, as if those before
 * had entered by calls of their own; see `enterQueue`.
 */
export const enterTogether = async (
  redis: RedisClient,
  terms: EntryTerms,
  people: readonly Entering[],
): Promise<EntryAnswer[]> => {
  if (people.length > entriesPerCallMax) throw new Error(`${people.length} people are too many for one call`)
  const { scheduleId, entersPerMinute = 0 } = terms
  const { answers } = await script(
    redis,
    {
      queue: queueKey(scheduleId),
      stays: staysKey(scheduleId),
      config: configKey(scheduleId),
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
      defaultCapacity: defaultQueueConfig.capacity,
      entersPerMinute,
      ...queueArgumentsOf(terms),
      activeKeyPrefix: redis.keyPrefix + activeKeyPrefix,
      pollsKeyPrefix: redis.keyPrefix + pollsKeyPrefix,
      newcomersKeyPrefix: redis.keyPrefix + newcomersKey(scheduleId, ''),
      people: people.map(textOf),
    },
  )
  return answers
}

/**
 * Gives a user a place in a schedule's queue, or tells the one already held (QUEUE-001); a ticket of an older epoch brings back
 * the one held then. Newcomers may owe work first, the more of them the more come from one network. Safe to repeat.
 */
export const enterQueue = async (redis: RedisClient, request: EnterRequest): Promise<EntryAnswer> => {
  const [answered] = await enterTogether(redis, request, [request])
  if (answered === undefined) throw new Error('an entry was not answered')
  return answered
}

const textOf = ({ userId, ticket, network = '', proofEndsMs = 0 }: Entering): string =>
  `${userId} ${network} ${proofEndsMs}${textOfTicket(ticket)}`
