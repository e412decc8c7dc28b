import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { adaptiveConfigSchema } from './adaptive-config.ts'
import { configKey, logKey, logsKey } from './keys.ts'
import { proofOfWorkConfigSchema } from './proof-of-work-config.ts'

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
  /** The rate follows what the system bears: batch size and interval are set by the service. Null: by an operator. */
  adaptive: adaptiveConfigSchema.nullable(),
  /** Newcomers show work before they get a place (decision 0012). Null: nobody does. */
  proofOfWork: proofOfWorkConfigSchema.nullable(),
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
  adaptive: null,
  proofOfWork: null,
}

/** How a schedule's queue is run, and since when: of two settings of a schedule the one with the higher `setUs` is the later one. */
export interface QueueSettings {
  readonly config: QueueConfig
  /** µs of Redis; 0 where nobody has set anything. */
  readonly setUs: number
}

/** The configuration of a schedule's queue, defaults filled in, with the moment it was set. */
export const readQueueSettings = async (redis: RedisClient, scheduleId: string): Promise<QueueSettings> =>
  settingsOf(await redis.client.hgetall(configKey(scheduleId)))

/** The configuration of a schedule's queue, defaults filled in. */
export const readQueueConfig = async (redis: RedisClient, scheduleId: string): Promise<QueueConfig> =>
  (await readQueueSettings(redis, scheduleId)).config

/** When the settings of each of these schedules were set, in their order; 0 where nobody has set anything. */
export const readSettingMoments = async (redis: RedisClient, scheduleIds: readonly string[]): Promise<number[]> =>
  Promise.all(scheduleIds.map(async (id) => Number((await redis.client.hget(configKey(id), 'setUs')) ?? 0)))

const settingsOf = ({ setUs = '0', ...fields }: Record<string, string>): QueueSettings => {
  const values = Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, JSON.parse(text)]))
  return { config: queueConfigSchema.parse({ ...defaultQueueConfig, ...values }), setUs: Number(setUs) }
}

/** The fields of the hash for these settings: JSON texts. Throws for a value that no queue may have. */
export const fieldsOf = (settings: Partial<QueueConfig>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(queueConfigSchema.partial().parse(settings)).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, JSON.stringify(value)]],
    ),
  )

const script = defineScript({
  file: new URL('./configure-queue.lua', import.meta.url),
  keys: ['config', 'log', 'logs'],
  args: z.object({
    scheduleId: z.uuid(),
    changedBy: z.string(),
    changes: z.string(),
    known: z.string(),
    knownUs: z.int().nonnegative(),
  }),
  reply: replies({ configured: { settings: z.string() } }),
})

/**
 * Changes the given fields of the configuration of a schedule's queue; every replica follows from its next admission on. Gives all
 * of it. `changedBy`, a user ID or the name of a program, is kept in the log. `known` are the latest settings that this process has
 * seen: where Redis has lost them they are set again first, and the new ones are later, also where its clock is behind.
 */
export const writeQueueConfig = async (
  redis: RedisClient,
  scheduleId: string,
  changes: Partial<QueueConfig>,
  changedBy = 'system',
  known: QueueSettings | null = null,
): Promise<QueueSettings> => {
  const { settings } = await script(
    redis,
    { config: configKey(scheduleId), log: logKey(scheduleId), logs: logsKey },
    {
      scheduleId,
      changedBy,
      changes: JSON.stringify(fieldsOf(changes)),
      known: JSON.stringify(known === null ? {} : fieldsOf(known.config)),
      knownUs: known?.setUs ?? 0,
    },
  )
  return settingsOf(z.record(z.string(), z.string()).parse(JSON.parse(settings)))
}
