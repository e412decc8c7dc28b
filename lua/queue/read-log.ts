import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { logKey, logsKey } from './keys.ts'

/** Hash of how far a schedule's log has been published. */
export const publishedKey = (scheduleId: string): string => `queue:published:${scheduleId}`

/** One entry of a queue's log; its ID begins with the time (unix ms, Redis) it was written. */
export interface LogEntry {
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

export interface UnpublishedEntries {
  readonly entries: LogEntry[]
  /** Entries cut off by the log's limit before they were published. */
  readonly lost: number
  /** The number of the last entry, to be given back to `advanceLog`. */
  readonly position: number
}

const keptMs = 31 * 86_400_000

const read = defineScript({
  file: new URL('./read-log.lua', import.meta.url),
  keys: ['log', 'published'],
  args: z.object({ entriesMax: z.int().positive() }),
  reply: replies({
    entries: {
      lost: z.number(),
      position: z.number(),
      entries: z.array(z.tuple([z.string(), z.array(z.string())])),
    },
    empty: {},
  }),
})

/** The schedules whose log may have entries that have not been published. */
export const readGrownLogs = (redis: RedisClient): Promise<string[]> => redis.client.smembers(logsKey)

/** The next unpublished entries of a schedule's log, oldest first; changes nothing. */
export const readLog = async (
  redis: RedisClient,
  scheduleId: string,
  entriesMax: number,
): Promise<UnpublishedEntries> => {
  const found = await read(redis, { log: logKey(scheduleId), published: publishedKey(scheduleId) }, { entriesMax })
  if (found.outcome === 'empty') return { entries: [], lost: 0, position: 0 }
  const { lost, position } = found
  return { lost, position, entries: found.entries.map(([id, pairs]) => ({ id, fields: fieldsOf(pairs) })) }
}

const advance = defineScript({
  file: new URL('./advance-log.lua', import.meta.url),
  keys: ['log', 'published', 'logs'],
  args: z.object({ scheduleId: z.uuid(), id: z.string(), position: z.int().nonnegative(), keptMs: z.int().positive() }),
  reply: replies({ behind: {}, finished: {} }),
})

/** Notes that these entries have been published; `finished` if there are no more. Safe to repeat and to come late. */
export const advanceLog = (redis: RedisClient, scheduleId: string, { entries, position }: UnpublishedEntries) =>
  advance(
    redis,
    { log: logKey(scheduleId), published: publishedKey(scheduleId), logs: logsKey },
    { scheduleId, id: entries.at(-1)?.id ?? '', position, keptMs },
  )

const fieldsOf = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: pairs.length / 2 }, (_, index) => [pairs[2 * index] ?? '', pairs[2 * index + 1] ?? '']),
  )
