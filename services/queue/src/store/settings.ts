import { defaultQueueConfig, type QueueSettings, queueConfigSchema } from '@ticket-queue/lua/queue'
import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from './database.ts'

/** How a schedule's queue is to be run. */
export interface KeptSettings extends QueueSettings {
  readonly scheduleId: string
}

const recentDays = 180
const recentMax = 10_000

/** The settings kept in the last 180 days: at most 10,000, the latest first. */
export async function readKeptSettings(db: Kysely<Database>): Promise<KeptSettings[]> {
  const rows = await db
    .selectFrom('settings')
    .select(['schedule_id', 'settings', 'set_us'])
    .where('kept_at', '>', sql<Date>`now() - make_interval(days => ${recentDays})`)
    .orderBy('kept_at', 'desc')
    .limit(recentMax)
    .execute()
  return rows.map(({ schedule_id, settings, set_us }) => ({
    scheduleId: schedule_id,
    config: queueConfigSchema.parse({ ...defaultQueueConfig, ...z.looseObject({}).parse(settings) }),
    setUs: set_us,
  }))
}

/** Keeps settings, for 180 days from now on, unless later ones of the schedule are kept. Safe to repeat, and from several processes at once. */
export async function keepSettings(db: Kysely<Database>, { scheduleId, config, setUs }: KeptSettings): Promise<void> {
  const row = { schedule_id: scheduleId, settings: JSON.stringify(config), set_us: setUs }
  await db
    .insertInto('settings')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('schedule_id')
        .doUpdateSet({ settings: row.settings, set_us: setUs, kept_at: sql<Date>`now()` })
        .where('settings.set_us', '<=', setUs),
    )
    .execute()
}
