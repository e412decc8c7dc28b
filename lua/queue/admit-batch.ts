import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKeyPrefix,
  admittedKey,
  configKey,
  paceKey,
  queueKey,
  schedulesKey,
  tokenKeyPrefix,
  userTokensKeyPrefix,
} from './keys.ts'
import { defaultQueueConfig, type QueueConfig, readQueueConfig } from './queue-config.ts'
import { newQueueToken, queueTokenMs } from './queue-token.ts'

export interface AdmittedBatch {
  /** In the order of the queue. */
  admitted: { userId: string; token: string }[]
  waiting: number
  inside: number
  /** Places of people who had left. */
  dropped: number
  /** All admissions of this schedule so far: the rate is how fast it grows. */
  admittedTotal: number
  config: QueueConfig
}

const script = defineScript({
  file: new URL('./admit-batch.lua', import.meta.url),
  keys: ['queue', 'admitted', 'config', 'pace', 'schedules'],
  args: z.object({
    scheduleId: z.uuid(),
    tokenMs: z.int().positive(),
    defaultBatchSize: z.int().positive(),
    defaultIntervalMs: z.int().positive(),
    activeKeyPrefix: z.string(),
    tokenKeyPrefix: z.string(),
    userTokensKeyPrefix: z.string(),
    tokens: z.array(z.string()),
  }),
  reply: replies({
    admitted: {
      waiting: z.number(),
      inside: z.number(),
      dropped: z.number(),
      admittedTotal: z.number(),
      userIds: z.array(z.string()),
    },
  }),
})

/**
 * Lets in as many of a schedule's queue as its rate and its room allow at this moment (QUEUE-005), each with a reservation token.
 * Any number of replicas may call it at any time. One call looks at a bounded number of places: if `dropped` is high, call again.
 */
export const admitBatch = async (redis: RedisClient, scheduleId: string): Promise<AdmittedBatch> => {
  const config = await readQueueConfig(redis, scheduleId)
  const tokens = Array.from({ length: config.batchSize }, () => newQueueToken('RESERVATION'))
  const {
    userIds,
    outcome: _,
    ...counts
  } = await script(
    redis,
    {
      queue: queueKey(scheduleId),
      admitted: admittedKey(scheduleId),
      config: configKey(scheduleId),
      pace: paceKey(scheduleId),
      schedules: schedulesKey,
    },
    {
      scheduleId,
      tokenMs: queueTokenMs,
      defaultBatchSize: defaultQueueConfig.batchSize,
      defaultIntervalMs: defaultQueueConfig.intervalMs,
      activeKeyPrefix: redis.keyPrefix + activeKeyPrefix,
      tokenKeyPrefix: redis.keyPrefix + tokenKeyPrefix,
      userTokensKeyPrefix: redis.keyPrefix + userTokensKeyPrefix(scheduleId),
      tokens,
    },
  )
  return { ...counts, config, admitted: userIds.map((userId, index) => ({ userId, token: tokens[index] ?? '' })) }
}
