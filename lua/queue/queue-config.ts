import type { RedisClient } from '@ticket-queue/redis'
import { z } from 'zod'
import { configKey } from './keys.ts'

/** How a schedule's queue is run. `batchSize` people are admitted per `intervalMs` (QUEUE-005). */
export const queueConfigSchema = z.object({
  batchSize: z.int().min(1).max(1_000),
  intervalMs: z.int().min(100).max(60_000),
  /** How many may wait (QUEUE-006). */
  capacity: z.int().min(1).max(10_000_000),
  /** How many may be inside at once; null is no limit but the rate. */
  maxInside: z.int().min(1).max(1_000_000).nullable(),
  /** Nobody is admitted; entering goes on. */
  paused: z.boolean(),
  /** Nobody may enter; those who wait are admitted. */
  draining: z.boolean(),
})

export type QueueConfig = z.infer<typeof queueConfigSchema>

/** What holds for a schedule nobody has configured. */
export const defaultQueueConfig: QueueConfig = {
  batchSize: 10,
  intervalMs: 1_000,
  capacity: 50_000,
  maxInside: null,
  paused: false,
  draining: false,
}

/** The configuration of a schedule's queue, defaults filled in. */
export const readQueueConfig = async (redis: RedisClient, scheduleId: string): Promise<QueueConfig> => {
  const fields = await redis.client.hgetall(configKey(scheduleId))
  const values = Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, JSON.parse(text)]))
  return queueConfigSchema.parse({ ...defaultQueueConfig, ...values })
}

/** Replaces the configuration of a schedule's queue; every replica follows from its next admission on. */
export const writeQueueConfig = async (redis: RedisClient, scheduleId: string, config: QueueConfig): Promise<void> => {
  const fields = Object.entries(queueConfigSchema.parse(config)).map(([name, value]) => [name, JSON.stringify(value)])
  await redis.client.hset(configKey(scheduleId), Object.fromEntries(fields))
}
