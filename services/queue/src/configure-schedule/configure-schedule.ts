import { setTimeout as pause } from 'node:timers/promises'
import {
  type QueueConfig,
  type QueueSettings,
  readQueueSettings,
  readSchedules,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { fitBatch } from '../domain/adapt-rate.ts'
import type { KnownSettings } from '../known-settings.ts'
import type { Pace } from '../pace.ts'
import { isWithoutAnswer, type ReadSchedule } from '../schedules.ts'
import type { Database } from '../store/database.ts'
import { findKeptSettings, keepSettings } from '../store/settings.ts'

export interface ConfigureScheduleDeps {
  readonly redis: RedisClient
  readonly pace: Pace
  readonly settings: KnownSettings
  readonly readSchedule: ReadSchedule
  readonly db: Kysely<Database>
  readonly log: Log
}

/** How a schedule's queue is run, or is to be run again where Redis has lost that; null for a schedule that does not exist. */
export async function readConfiguration(deps: ConfigureScheduleDeps, scheduleId: string): Promise<QueueConfig | null> {
  return (await exists(deps, scheduleId)) ? (await readLatest(deps, scheduleId)).config : null
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

/** What PostgreSQL keeps, what this process knows or what Redis has, whichever was set last. */
async function readLatest(deps: ConfigureScheduleDeps, scheduleId: string): Promise<QueueSettings> {
  await askPostgres(deps, scheduleId, async () => {
    const kept = await findKeptSettings(deps.db, scheduleId)
    if (kept !== null) deps.settings.learn(scheduleId, kept)
  })
  const inRedis = await readQueueSettings(deps.redis, scheduleId)
  const known = deps.settings.of(scheduleId)
  return known !== null && known.setUs > inRedis.setUs ? known : inRedis
}

const postgresWithinMs = 1_000

/** An operator can pause a queue whether or not PostgreSQL answers. */
async function askPostgres(
  { log }: ConfigureScheduleDeps,
  scheduleId: string,
  work: () => Promise<void>,
): Promise<void> {
  const waiting = new AbortController()
  const late = pause(postgresWithinMs, null, { signal: waiting.signal }).then(() => {
    throw new Error(`PostgreSQL gave no answer within ${postgresWithinMs} ms`)
  })
  try {
    await Promise.race([work(), late])
  } catch (err) {
    log.warn({ err, scheduleId }, 'how a queue is to be run is read or changed without PostgreSQL')
  } finally {
    waiting.abort()
  }
}

/**
 * Changes how a schedule's queue is run, from the next admission of every replica on; what is not given stays as it was set last, but
 * for a rate outside the limits between which it is to adapt. Where Redis has lost that, it is as PostgreSQL keeps it or this process
 * knows it. Who did it and when stays in the queue's log.
 */
export async function configureSchedule(
  deps: ConfigureScheduleDeps,
  scheduleId: string,
  changes: Partial<QueueConfig>,
  changedBy: string,
): Promise<QueueConfig | null> {
  if (!(await exists(deps, scheduleId))) return null
  const latest = await readLatest(deps, scheduleId)
  const wished = { ...latest.config, ...changes }
  const fitting = { ...changes, ...fitBatch(wished, wished.adaptive) }
  const set = await writeQueueConfig(deps.redis, scheduleId, fitting, changedBy, latest)
  deps.settings.learn(scheduleId, set)
  // So that they outlast this process: of a queue nobody waits in no other process would hear of them.
  await askPostgres(deps, scheduleId, () => keepSettings(deps.db, { scheduleId, ...set }))
  deps.pace.forget(scheduleId)
  return set.config
}
