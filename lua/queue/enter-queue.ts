import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKey,
  arrivedKey,
  closedKey,
  configKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  pollsKey,
  queueKey,
  schedulesKey,
  userTokensKey,
} from './keys.ts'
import { activeMs, argumentsOf, type PlaceRequest, placeArguments, placeReplies } from './place-request.ts'
import { defaultQueueConfig } from './queue-config.ts'

const script = defineScript({
  file: new URL('./enter-queue.lua', import.meta.url),
  keys: [
    'queue',
    'active',
    'userTokens',
    'config',
    'schedules',
    'epoch',
    'gone',
    'closed',
    'arrived',
    'polls',
    'log',
    'logs',
  ],
  args: z.object({
    userId: z.uuid(),
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    defaultCapacity: z.int().positive(),
    ...placeArguments,
  }),
  reply: replies({ ...placeReplies, elsewhere: { scheduleId: z.string() }, full: {}, draining: {} }),
})

/**
 * Gives a user a place in a schedule's queue, or tells the one already held (QUEUE-001); a ticket of an older epoch brings back
 * the one held then. Safe to repeat.
 */
export const enterQueue = (redis: RedisClient, request: PlaceRequest) => {
  const { scheduleId, userId } = request
  return script(
    redis,
    {
      queue: queueKey(scheduleId),
      active: activeKey(userId),
      userTokens: userTokensKey(scheduleId, userId),
      config: configKey(scheduleId),
      schedules: schedulesKey,
      epoch: epochKey(scheduleId),
      gone: goneKey(scheduleId),
      closed: closedKey(scheduleId),
      arrived: arrivedKey(scheduleId),
      polls: pollsKey(userId),
      log: logKey(scheduleId),
      logs: logsKey,
    },
    { userId, scheduleId, activeMs, defaultCapacity: defaultQueueConfig.capacity, ...argumentsOf(request) },
  )
}
