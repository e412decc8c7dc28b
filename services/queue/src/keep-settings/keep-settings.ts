import { bringBackSettings, readSettingMoments } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import type { KnownSettings } from '../known-settings.ts'
import type { Database } from '../store/database.ts'
import { type AllKeptSettings, type KeptSettings, keepSettings, readKeptSettings } from '../store/settings.ts'

export interface KeepSettingsDeps {
  readonly redis: RedisClient
  readonly db: Kysely<Database>
  readonly settings: KnownSettings
  readonly log: Log
}

/**
 * Makes Redis, PostgreSQL and this process agree on how queues are run: of each schedule the latest settings count, wherever they
 * are. So settings outlast the loss of Redis also before anybody waits, and a restart of every process, which has then heard of them.
 * Gives how many schedules Redis had older settings of, or none. Throws where PostgreSQL gives no answer: Redis has then what this
 * process knows; and where it has some that cannot be read: then all is done but for those.
 */
export async function agreeOnSettings(deps: KeepSettingsDeps): Promise<number> {
  const [agreed] = await Promise.allSettled([agreeWithDatabase(deps)])
  const { kept, unreadableIds } = agreed.status === 'fulfilled' ? agreed.value : nothingKept
  // Kept ones that the memory has no room for count too; what it holds is never older than them.
  const latest = new Map([...kept, ...deps.settings.all()].map((one) => [one.scheduleId, one]))
  const lost = await bringBackLost(deps.redis, [...latest.values()])
  if (lost > 0) deps.log.warn({ schedules: lost }, 'Redis has lost how queues are run: set again')
  if (agreed.status === 'rejected') throw agreed.reason
  deps.settings.hear()
  const [unreadableId] = unreadableIds
  if (unreadableId !== undefined)
    throw new Error(`settings of ${unreadableIds.length} schedules cannot be read, ${unreadableId} among them`)
  return lost
}

const nothingKept: AllKeptSettings = { kept: [], unreadableIds: [] }

/** Gives what was kept before: this process has learned it, and what it knew to be later is kept now. */
async function agreeWithDatabase({ db, settings }: KeepSettingsDeps): Promise<AllKeptSettings> {
  const all = await readKeptSettings(db)
  const { kept } = all
  for (const one of kept) settings.learn(one.scheduleId, one)
  const keptUs = new Map(kept.map(({ scheduleId, setUs }) => [scheduleId, setUs]))
  for (const known of settings.all()) {
    if (known.setUs > (keptUs.get(known.scheduleId) ?? 0)) await keepSettings(db, known)
  }
  return all
}

async function bringBackLost(redis: RedisClient, latest: readonly KeptSettings[]): Promise<number> {
  const inRedisUs = await readSettingMoments(
    redis,
    latest.map(({ scheduleId }) => scheduleId),
  )
  const lost = latest.filter(({ setUs }, index) => (inRedisUs[index] ?? 0) < setUs)
  for (const one of lost) await bringBackSettings(redis, one.scheduleId, { ...one, closed: null, lateMs: 0 })
  return lost.length
}
