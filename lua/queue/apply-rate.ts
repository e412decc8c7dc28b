import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { type AdaptiveConfig, adaptiveConfigSchema } from './adaptive-config.ts'
import { configKey, logKey, logsKey, paceKey } from './keys.ts'

/** Hash of a schedule's rate controller: what it needs from one decision to the next, and the number of the last one to decide. */
export const controlKey = (scheduleId: string): string => `queue:adapt:${scheduleId}`

/** Counts the rounds of decisions that have begun. */
export const controlFenceKey = 'queue:adapt:fence'

/** There from the beginning of a round until the next one may begin. */
export const controlTurnKey = 'queue:adapt:turn'

const keptMs = 86_400_000

const controlStateSchema = z.object({
  /** The rate decided last, before rounding to batch and interval. */
  perSecond: z.number().positive(),
  /** Counts at that decision. */
  admitted: z.number(),
  noShows: z.number(),
  inside: z.number(),
  /** Stays that ended lately and how many of them were no-shows; older ones weigh less. */
  recentStays: z.number().nonnegative(),
  recentNoShows: z.number().nonnegative(),
})

export type ControlState = z.infer<typeof controlStateSchema>

/** What a rate decision for a schedule is made from. */
export interface RateControl {
  readonly limits: AdaptiveConfig
  /** As it stands in Redis: the decision holds only while it stands there. */
  readonly limitsText: string
  /** Null before the first decision. */
  readonly state: ControlState | null
  readonly admittedTotal: number
  readonly noShowsTotal: number
}

/**
 * Begins a round of decisions and gives its number; null if less than `everyMs` have passed since the round before, whoever made it.
 * Decisions of a lower number lose against those of this one.
 */
export const beginControl = async (redis: RedisClient, everyMs: number): Promise<number | null> => {
  if ((await redis.client.set(controlTurnKey, '1', 'PX', everyMs, 'NX')) === null) return null
  return redis.client.incr(controlFenceKey)
}

/** What to decide a schedule's rate from; null for a schedule whose rate does not adapt. */
export const readControl = async (redis: RedisClient, scheduleId: string): Promise<RateControl | null> => {
  const [limitsText, state, [admitted, noShows]] = await Promise.all([
    redis.client.hget(configKey(scheduleId), 'adaptive'),
    redis.client.hget(controlKey(scheduleId), 'state'),
    redis.client.hmget(paceKey(scheduleId), 'admittedTotal', 'noShowsTotal'),
  ])
  const limits = limitsText === null ? null : adaptiveConfigSchema.nullable().parse(JSON.parse(limitsText))
  if (limits === null || limitsText === null) return null
  return {
    limits,
    limitsText,
    state: state === null ? null : controlStateSchema.parse(JSON.parse(state)),
    admittedTotal: Number(admitted ?? 0),
    noShowsTotal: Number(noShows ?? 0),
  }
}

const script = defineScript({
  file: new URL('./apply-rate.lua', import.meta.url),
  keys: ['control', 'config', 'log', 'logs'],
  args: z.object({
    scheduleId: z.uuid(),
    fence: z.int().positive(),
    limits: z.string(),
    state: z.string(),
    batchSize: z.int().min(1),
    intervalMs: z.int().min(1),
    cause: z.string().min(1),
    keptMs: z.int().positive(),
  }),
  reply: replies({ applied: {}, kept: {}, outdated: {}, changed: {} }),
})

export interface RateToApply {
  /** From `beginControl`. */
  readonly fence: number
  readonly limitsText: string
  readonly state: ControlState
  readonly batchSize: number
  readonly intervalMs: number
  readonly cause: string
}

/** Sets a decided rate and keeps what the next decision needs. Nothing changes if it is `outdated` or the limits have `changed`. */
export const applyRate = (
  redis: RedisClient,
  scheduleId: string,
  { fence, limitsText, state, batchSize, intervalMs, cause }: RateToApply,
) =>
  script(
    redis,
    {
      control: controlKey(scheduleId),
      config: configKey(scheduleId),
      log: logKey(scheduleId),
      logs: logsKey,
    },
    { scheduleId, fence, limits: limitsText, state: JSON.stringify(state), batchSize, intervalMs, cause, keptMs },
  )
