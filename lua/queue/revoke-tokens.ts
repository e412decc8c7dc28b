import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKey,
  admittedKey,
  arrivedKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  pollsKey,
  queueKey,
  staysKey,
  tokenKeyPrefix,
  userTokensKey,
} from './keys.ts'
import type { UserInSchedule } from './place-request.ts'

const script = defineScript({
  file: new URL('./revoke-tokens.lua', import.meta.url),
  keys: ['queue', 'admitted', 'active', 'userTokens', 'arrived', 'epoch', 'gone', 'polls', 'log', 'logs', 'stays'],
  args: z.object({ userId: z.uuid(), scheduleId: z.uuid(), tokenKeyPrefix: z.string() }),
  reply: replies({ revoked: { tokens: z.array(z.string()) } }),
})

/** Ends both tokens of a user in a schedule and the place inside; a place in the queue is not touched. Safe to repeat. */
export const revokeTokens = (redis: RedisClient, { userId, scheduleId }: UserInSchedule) =>
  script(
    redis,
    {
      queue: queueKey(scheduleId),
      admitted: admittedKey(scheduleId),
      active: activeKey(userId),
      userTokens: userTokensKey(scheduleId, userId),
      arrived: arrivedKey(scheduleId),
      epoch: epochKey(scheduleId),
      gone: goneKey(scheduleId),
      polls: pollsKey(userId),
      log: logKey(scheduleId),
      logs: logsKey,
      stays: staysKey(scheduleId),
    },
    { userId, scheduleId, tokenKeyPrefix: redis.keyPrefix + tokenKeyPrefix },
  )
