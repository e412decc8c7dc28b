import { defaultQueueConfig, type QueueConfig, type QueueSettings, queueConfigSchema } from '@ticket-queue/lua/queue'
import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from './database.ts'

/** How a schedule's queue is to be run. */
export interface KeptSettings extends QueueSettings {
  readonly scheduleId: string
}

const recentDays = 180
const recentMax = 10_000

export interface AllKeptSettings {
  /** The latest first. */
  readonly kept: readonly KeptSettings[]
  /** Of which schedules there are some that no queue may have. */
  readonly unreadableIds: readonly string[]
}

/** The settings kept in the last 180 days: at most 10,000. */
export async function readKeptSettings(db: Kysely<Database>): Promise<AllKeptSettings> {
  const rows = await db
    .selectFrom('settings')
    .select(['schedule_id', 'settings', 'set_us'])
    .where('kept_at', '>', sql<Date>`now() - make_interval(days => ${recentDays})`)
    .orderBy('kept_at', 'desc')
    .limit(recentMax)
    .execute()
  const read = rows.map((row) => ({ scheduleId: row.schedule_id, setUs: row.set_us, config: configIn(row.settings) }))
  return {
    kept: read.flatMap(({ config, ...one }) => (config === null ? [] : [{ ...one, config }])),
    unreadableIds: read.flatMap(({ config, scheduleId }) => (config === null ? [scheduleId] : [])),
  }
}

/** The settings kept of a schedule, null for none. Throws for some that no queue may have. */
export async function findKeptSettings(db: Kysely<Database>, scheduleId: string): Promise<KeptSettings | null> {
  const row = await db
    .selectFrom('settings')
    .select(['settings', 'set_us'])
    .where('schedule_id', '=', scheduleId)
    .executeTakeFirst()
  return row === undefined ? null : { scheduleId, config: keptSchema.parse(row.settings), setUs: row.set_us }
}

const keptSchema = z.preprocess((fields) => ({ ...defaultQueueConfig, ...Object(fields) }), queueConfigSchema)

const configIn = (settings: unknown): QueueConfig | null => keptSchema.safeParse(settings).data ?? null

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
