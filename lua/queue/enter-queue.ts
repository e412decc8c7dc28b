import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { activeKey, configKey, paceKey, queueKey, schedulesKey, userTokensKey } from './keys.ts'
import { defaultQueueConfig } from './queue-config.ts'

export interface UserInSchedule {
  scheduleId: string
  userId: string
}

/** Who has not been heard of for this long has left (data.md, rule 1). */
export const activeMs = 600_000

const script = defineScript({
  file: new URL('./enter-queue.lua', import.meta.url),
  keys: ['queue', 'active', 'userTokens', 'config', 'pace', 'schedules'],
  args: z.object({
    userId: z.uuid(),
    scheduleId: z.uuid(),
    activeMs: z.int().positive(),
    defaultCapacity: z.int().positive(),
  }),
  reply: replies({
    waiting: { ahead: z.number(), total: z.number() },
    active: { token: z.string(), expiresAtMs: z.number() },
    elsewhere: { scheduleId: z.string() },
    full: {},
    draining: {},
  }),
})

/** Gives a user a place in a schedule's queue, or tells the one already held (QUEUE-001). Safe to repeat. */
export const enterQueue = (redis: RedisClient, { scheduleId, userId }: UserInSchedule) =>
  script(
    redis,
    {
      queue: queueKey(scheduleId),
      active: activeKey(userId),
      userTokens: userTokensKey(scheduleId, userId),
      config: configKey(scheduleId),
      pace: paceKey(scheduleId),
      schedules: schedulesKey,
    },
    { userId, scheduleId, activeMs, defaultCapacity: defaultQueueConfig.capacity },
  )
