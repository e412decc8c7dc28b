import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKey,
  arrivedKey,
  closedKey,
  configKey,
  drawKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  newcomersKey,
  pollsKey,
  queueKey,
  schedulesKey,
  staysKey,
} from './keys.ts'
import {
  activeMs,
  argumentsOf,
  type PlaceRequest,
  placeReplies,
  queueArguments,
  ticketArguments,
} from './place-request.ts'
import { defaultQueueConfig } from './queue-config.ts'

const script = defineScript({
  file: new URL('./enter-queue.lua', import.meta.url),
  keys: [
    'queue',
    'active',
    'stays',
    'config',
    'schedules',
    'epoch',
    'gone',
    'closed',
    'arrived',
    'polls',
    'log',
    'logs',
    'newcomers',
    'draw',
  ],
  args: z.object({
    userId: z.uuid(),
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    defaultCapacity: z.int().positive(),
    ...queueArguments,
    ...ticketArguments,
    entersPerMinute: z.int().nonnegative(),
    proofEndsMs: z.int().nonnegative(),
  }),
  reply: replies({
    ...placeReplies,
    elsewhere: { scheduleId: z.string() },
    full: {},
    draining: {},
    owing: { bits: z.number(), nowMs: z.number() },
    outdated: {},
    limited: { retryAfterMs: z.number() },
  }),
})

export interface EnterRequest extends PlaceRequest {
  /** How many entries of one account are answered in a minute; 0: any number. */
  entersPerMinute?: number | undefined
  /** What the accounts of one network have in common: nobody must be able to read the address in it. */
  network?: string | undefined
  /** Until when (unix ms of Redis) the work shown counts; only of a proof that has been checked. */
  proofEndsMs?: number | undefined
}

/**
 * Gives a user a place in a schedule's queue, or tells the one already held (QUEUE-001); a ticket of an older epoch brings back
 * the one held then. Newcomers may owe work first, the more of them the more come from one network. Safe to repeat.
 */
export const enterQueue = (redis: RedisClient, request: EnterRequest) => {
  const { scheduleId, userId, entersPerMinute = 0, network = '', proofEndsMs = 0 } = request
  return script(
    redis,
    {
      queue: queueKey(scheduleId),
      active: activeKey(userId),
      stays: staysKey(scheduleId),
      config: configKey(scheduleId),
      schedules: schedulesKey,
      epoch: epochKey(scheduleId),
      gone: goneKey(scheduleId),
      closed: closedKey(scheduleId),
      arrived: arrivedKey(scheduleId),
      polls: pollsKey(userId),
      log: logKey(scheduleId),
      logs: logsKey,
      newcomers: newcomersKey(scheduleId, network),
      draw: drawKey(scheduleId),
    },
    {
      userId,
      scheduleId,
      activeMs,
      defaultCapacity: defaultQueueConfig.capacity,
      ...argumentsOf(request),
      entersPerMinute,
      proofEndsMs,
    },
  )
}
