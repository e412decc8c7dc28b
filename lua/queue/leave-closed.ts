import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKey,
  closedKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  paceKey,
  pollsKey,
  queueKey,
  staysKey,
  userTokensKey,
} from './keys.ts'
import type { UserInSchedule } from './place-request.ts'

const script = defineScript({
  file: new URL('./leave-closed.lua', import.meta.url),
  keys: ['queue', 'active', 'epoch', 'gone', 'polls', 'log', 'logs', 'pace', 'closed', 'stays', 'userTokens'],
  args: z.object({ userId: z.uuid(), scheduleId: z.uuid() }),
  reply: replies({ left: {}, held: {} }),
})

/**
 * Gives up a user's place in a queue that is closed for good (SALE_ENDED, CANCELLED), so that the user may enter elsewhere; who is
 * inside stays. Tells whether the user is free. Safe to repeat.
 */
export const leaveClosed = async (redis: RedisClient, { scheduleId, userId }: UserInSchedule): Promise<boolean> => {
  const { outcome } = await script(
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
      closed: closedKey(scheduleId),
      stays: staysKey(scheduleId),
      userTokens: userTokensKey(scheduleId, userId),
    },
    { userId, scheduleId },
  )
  return outcome === 'left'
}
