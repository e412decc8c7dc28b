import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKey,
  arrivedKey,
  closedKey,
  drawKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  pollsKey,
  queueKey,
  schedulesKey,
  stayKey,
} from './keys.ts'
import { activeMs, argumentsOf, type PlaceRequest, placeArguments, placeReplies } from './place-request.ts'

const script = defineScript({
  file: new URL('./read-place.lua', import.meta.url),
  keys: ['queue', 'active', 'stay', 'schedules', 'epoch', 'gone', 'closed', 'arrived', 'polls', 'log', 'logs', 'draw'],
  args: z.object({
    userId: z.uuid(),
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    pollsPerMinute: z.int().positive(),
    ...placeArguments,
  }),
  reply: replies({ ...placeReplies, absent: {}, limited: { retryAfterMs: z.number() } }),
})

/**
 * A user's place in a schedule's queue, or the token once admitted; asking keeps the place (QUEUE-002). Who asks before the advised
 * time gets the last answer, and is refused from `pollsPerMinute` on (QUEUE-008); who asks at the advised time never is.
 */
export const readPlace = (redis: RedisClient, request: PlaceRequest & { pollsPerMinute: number }) => {
  const { scheduleId, userId, pollsPerMinute } = request
  return script(
    redis,
    {
      queue: queueKey(scheduleId),
      active: activeKey(userId),
      stay: stayKey(scheduleId, userId),
      schedules: schedulesKey,
      epoch: epochKey(scheduleId),
      gone: goneKey(scheduleId),
      closed: closedKey(scheduleId),
      arrived: arrivedKey(scheduleId),
      polls: pollsKey(userId),
      log: logKey(scheduleId),
      logs: logsKey,
      draw: drawKey(scheduleId),
    },
    { userId, scheduleId, activeMs, pollsPerMinute, ...argumentsOf(request) },
  )
}
