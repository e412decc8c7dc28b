import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import type { UserInSchedule } from './enter-queue.ts'
import { activeKey, queueKey } from './keys.ts'

const script = defineScript({
  file: new URL('./leave-queue.lua', import.meta.url),
  keys: ['queue', 'active'],
  args: z.object({ userId: z.uuid(), scheduleId: z.uuid() }),
  reply: replies({ left: {}, absent: {} }),
})

/** Gives up a user's place in a schedule's queue; who is inside already is not touched (see `revokeTokens`). Safe to repeat. */
export const leaveQueue = (redis: RedisClient, { scheduleId, userId }: UserInSchedule) =>
  script(redis, { queue: queueKey(scheduleId), active: activeKey(userId) }, { userId, scheduleId })
