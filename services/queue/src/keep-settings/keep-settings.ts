import { bringBackSettings, readQueueSettings, readSettingMoments } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { isUnavailable, type Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import type { KnownSettings } from '../known-settings.ts'
import type { Database } from '../store/database.ts'
import { type KeptSettings, keepSettings, readKeptSettings } from '../store/settings.ts'

export interface KeepSettingsDeps {
  readonly redis: RedisClient
  readonly db: Kysely<Database>
  readonly settings: KnownSettings
  readonly log: Log
}

/**
 * Makes Redis, PostgreSQL and this process agree on how queues are run: of each schedule the latest settings count, wherever they
 * are. So settings outlast the loss of Redis also before anybody waits, and a restart of every process, which has then heard of them.
 * Gives how many schedules Redis had older settings of, or none. Throws where PostgreSQL or Redis gives no answer: the other one has
 * then what this process knows; and where there are some that cannot be read: then all is done but for those.
 */
export async function agreeOnSettings(deps: KeepSettingsDeps): Promise<number> {
  const [read] = await Promise.allSettled([readKeptSettings(deps.db)])
  const kept = read.status === 'fulfilled' ? read.value.kept : []
  for (const one of kept) deps.settings.learn(one.scheduleId, one)
  const [compared] = await Promise.allSettled([bringBackLost(deps, kept)])
  const { laterIds, failures } = compared.status === 'fulfilled' ? compared.value : nothingCompared
  const learned = await Promise.allSettled(laterIds.map((scheduleId) => learnFromRedis(deps, scheduleId)))
  if (read.status === 'rejected') throw read.reason
  if (compared.status === 'fulfilled') deps.settings.hear()
  await keepLater(deps, kept)
  if (compared.status === 'rejected') throw compared.reason
  for (const one of learned) if (one.status === 'rejected') throw one.reason
  if (failures.length > 0) throw failures[0]
  const { unreadableIds } = read.value
  const [unreadableId] = unreadableIds
  if (unreadableId !== undefined)
    throw new Error(`settings of ${unreadableIds.length} schedules cannot be read, ${unreadableId} among them`)
  return compared.value.lost
}

interface Compared {
  /** Of how many schedules Redis had older settings, or none, and has the latest again. */
  readonly lost: number
  /** Of which schedules Redis has later ones: whoever set them may have ended since. */
  readonly laterIds: readonly string[]
  /** Why some could not be set again: they hold up nobody else's. */
  readonly failures: readonly unknown[]
}

const nothingCompared: Compared = { lost: 0, laterIds: [], failures: [] }

/** Sets again what Redis has lost of what is kept or known; throws where Redis is away, in the middle of it too. */
async function bringBackLost(
  { redis, settings, log }: KeepSettingsDeps,
  kept: readonly KeptSettings[],
): Promise<Compared> {
  // Kept ones that the memory has no room for count too; what it holds is never older than them.
  const byId = new Map([...kept, ...settings.all()].map((one) => [one.scheduleId, one]))
  const inRedisUs = await readSettingMoments(redis, [...byId.keys()])
  const latest = [...byId.values()].map((one, index) => ({ ...one, laterByUs: (inRedisUs[index] ?? 0) - one.setUs }))
  const lost = latest.filter(({ laterByUs }) => laterByUs < 0)
  const failures: unknown[] = []
  for (const one of lost) {
    await bringBackSettings(redis, one.scheduleId, { ...one, closed: null, lateMs: 0 }).catch((error: unknown) => {
      if (isUnavailable(error)) throw error
      failures.push(error)
    })
  }
  const setAgain = lost.length - failures.length
  if (setAgain > 0) log.warn({ schedules: setAgain }, 'Redis has lost how queues are run: set again')
  const laterIds = latest.filter(({ laterByUs }) => laterByUs > 0).map(({ scheduleId }) => scheduleId)
  return { lost: setAgain, laterIds, failures }
}

const learnFromRedis = async ({ redis, settings }: KeepSettingsDeps, scheduleId: string): Promise<void> =>
  settings.learn(scheduleId, await readQueueSettings(redis, scheduleId))

/** What this process knows to be later than what was kept is kept now. */
async function keepLater({ db, settings }: KeepSettingsDeps, kept: readonly KeptSettings[]): Promise<void> {
  const keptUs = new Map(kept.map(({ scheduleId, setUs }) => [scheduleId, setUs]))
  for (const known of settings.all()) {
    if (known.setUs > (keptUs.get(known.scheduleId) ?? 0)) await keepSettings(db, known)
  }
}
