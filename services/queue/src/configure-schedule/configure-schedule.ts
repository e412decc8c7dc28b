import {
  type QueueConfig,
  readQueueConfig,
  readQueueSettings,
  readSchedules,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { fitBatch } from '../domain/adapt-rate.ts'
import type { KnownSettings } from '../known-settings.ts'
import type { Pace } from '../pace.ts'
import { isWithoutAnswer, type ReadSchedule } from '../schedules.ts'

export interface ConfigureScheduleDeps {
  readonly redis: RedisClient
  readonly pace: Pace
  readonly settings: KnownSettings
  readonly readSchedule: ReadSchedule
}

/** How a schedule's queue is run; null for a schedule that does not exist. */
export async function readConfiguration(deps: ConfigureScheduleDeps, scheduleId: string): Promise<QueueConfig | null> {
  return (await exists(deps, scheduleId)) ? readQueueConfig(deps.redis, scheduleId) : null
}

/** A schedule with people exists, whether or not the event service can tell: an operator can always pause it. */
async function exists({ redis, readSchedule }: ConfigureScheduleDeps, scheduleId: string): Promise<boolean> {
  try {
    return (await readSchedule(scheduleId)) !== null
  } catch (error) {
    if (!isWithoutAnswer(error) || !(await readSchedules(redis)).includes(scheduleId)) throw error
    return true
  }
}

/**
 * Changes how a schedule's queue is run, from the next admission of every replica on; what is not given stays as it is, but
 * for a rate outside the limits between which it is to adapt: as it was by Redis, or by what this process knows where Redis has
 * lost that. Who did it and when stays in the queue's log.
 */
export async function configureSchedule(
  deps: ConfigureScheduleDeps,
  scheduleId: string,
  changes: Partial<QueueConfig>,
  changedBy: string,
): Promise<QueueConfig | null> {
  if (!(await exists(deps, scheduleId))) return null
  const inRedis = await readQueueSettings(deps.redis, scheduleId)
  const known = deps.settings.of(scheduleId)
  const before = known !== null && known.setUs > inRedis.setUs ? known : inRedis
  const wished = { ...before.config, ...changes }
  const fitting = { ...changes, ...fitBatch(wished, wished.adaptive) }
  const set = await writeQueueConfig(deps.redis, scheduleId, fitting, changedBy, known)
  deps.settings.learn(scheduleId, set)
  deps.pace.forget(scheduleId)
  return set.config
}
