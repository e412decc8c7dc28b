import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { activeKey, epochKey, goneKey, logKey, logsKey, paceKey, pollsKey, queueKey } from './keys.ts'
import { defaultRecovery, type Recovery, type UserInSchedule } from './place-request.ts'

const script = defineScript({
  file: new URL('./leave-queue.lua', import.meta.url),
  keys: ['queue', 'active', 'epoch', 'gone', 'polls', 'log', 'logs', 'pace'],
  args: z.object({
    userId: z.uuid(),
    scheduleId: z.uuid(),
    knownUs: z.int().nonnegative(),
    restoreMs: z.int().nonnegative(),
    graceMs: z.int().nonnegative(),
  }),
  reply: replies({ left: {}, absent: {} }),
})

/** Gives up a user's place in a schedule's queue; who is inside already is not touched (see `revokeTokens`). Safe to repeat. */
export const leaveQueue = (
  redis: RedisClient,
  {
    scheduleId,
    userId,
    knownUs = 0,
    recovery = defaultRecovery,
  }: UserInSchedule & { knownUs?: number; recovery?: Recovery },
) =>
  script(
    redis,
    {
      queue: queueKey(scheduleId),
      active: activeKey(userId),
      epoch: epochKey(scheduleId),
      gone: goneKey(scheduleId),
      polls: pollsKey(userId),
      log: logKey(scheduleId),
      logs: logsKey,
      pace: paceKey(scheduleId),
    },
    { userId, scheduleId, knownUs, ...recovery },
  )
