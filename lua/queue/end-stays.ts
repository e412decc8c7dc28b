import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { admittedKey, arrivedKey, logKey, logsKey, paceKey, staysKey } from './keys.ts'

const staysMax = 1_000

const script = defineScript({
  file: new URL('./end-stays.lua', import.meta.url),
  keys: ['admitted', 'arrived', 'log', 'logs', 'pace', 'stays'],
  args: z.object({ scheduleId: z.uuid(), staysMax: z.int().positive() }),
  reply: replies({ ended: { ended: z.number(), noShow: z.number() } }),
})

/** Clears away at most 1,000 stays inside a schedule that have ended, and logs who never fetched the token as no-show. */
export const endStays = (redis: RedisClient, scheduleId: string) =>
  script(
    redis,
    {
      admitted: admittedKey(scheduleId),
      arrived: arrivedKey(scheduleId),
      log: logKey(scheduleId),
      logs: logsKey,
      pace: paceKey(scheduleId),
      stays: staysKey(scheduleId),
    },
    { scheduleId, staysMax },
  )
