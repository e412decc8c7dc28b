import { bringBackSettings, readSettingMoments } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Kysely } from 'kysely'
import type { KnownSettings } from '../known-settings.ts'
import type { Database } from '../store/database.ts'
import { keepSettings, readKeptSettings } from '../store/settings.ts'

export interface KeepSettingsDeps {
  readonly redis: RedisClient
  readonly db: Kysely<Database>
  readonly settings: KnownSettings
}

/**
 * Makes Redis, PostgreSQL and this process agree on how queues are run: of each schedule the latest settings count, wherever they
 * are. So settings outlast the loss of Redis also before anybody waits, and a restart of every process. Gives how many schedules
 * Redis had older settings of, or none.
 */
export async function agreeOnSettings({ redis, db, settings }: KeepSettingsDeps): Promise<number> {
  const kept = await readKeptSettings(db)
  const keptUs = new Map(kept.map(({ scheduleId, setUs }) => [scheduleId, setUs]))
  for (const known of settings.all()) {
    if (known.setUs > (keptUs.get(known.scheduleId) ?? 0)) await keepSettings(db, known)
  }
  for (const one of kept) settings.learn(one.scheduleId, one)
  const inRedisUs = await readSettingMoments(
    redis,
    kept.map(({ scheduleId }) => scheduleId),
  )
  const lost = kept.filter(({ setUs }, index) => (inRedisUs[index] ?? 0) < setUs)
  for (const one of lost) await bringBackSettings(redis, one.scheduleId, { ...one, closed: null, lateMs: 0 })
  return lost.length
}
