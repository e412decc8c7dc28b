import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../store/database.ts'

/** A new system looks back so far; from the first day it has begun to compare no day is left out. */
const daysBack = 7
/** A day is compared when it has been over for so long: what happened just before midnight is in PortOne's list by then. */
const settlingMinutes = 30

type Clock = RawBuilder<Date>
const databaseClock: Clock = sql<Date>`now()`

const due = (now: Clock) => sql`
  SELECT due.day::date AS day
  FROM (SELECT (${now} - make_interval(mins => ${settlingMinutes})) AT TIME ZONE 'Asia/Seoul' AS local) AS clock,
    generate_series(
      least((SELECT min(day) FROM comparisons), local::date - ${daysBack}::int), local::date - 1, interval '1 day'
    ) AS due(day)
  WHERE NOT EXISTS (SELECT FROM comparisons c WHERE c.day = due.day::date AND c.finished_at IS NOT NULL)`

/**
 * Up to `limit` days in Korea that are over and whose comparison has not finished (`YYYY-MM-DD`), by the database's clock: first
 * those never tried, the oldest first, then the one tried longest ago, so that a day which never succeeds holds up no other.
 */
export async function dueDays(
  db: Kysely<Database>,
  { limit, now = databaseClock }: { limit: number; now?: Clock },
): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    SELECT due.day::text AS day FROM (${due(now)}) AS due LEFT JOIN comparisons tried ON tried.day = due.day
    ORDER BY tried.tried_at NULLS FIRST, due.day LIMIT ${limit}`.execute(db)
  return rows.map((row) => row.day)
}

/** The oldest day that is due, since how long it could have been compared, and how many are due. */
export async function oldestDue(
  db: Kysely<Database>,
  now: Clock = databaseClock,
): Promise<{ day: string | null; ageSeconds: number; days: number }> {
  const { rows } = await sql<{ day: string | null; age: number | null; days: number }>`
    SELECT min(due.day)::text AS day, count(*)::int AS days,
      extract(epoch FROM ${now} - ((min(due.day) + 1)::timestamp AT TIME ZONE 'Asia/Seoul'))::float8 AS age
    FROM (${due(now)}) AS due`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a count gave no row')
  return { day: row.day, ageSeconds: row.age ?? 0, days: row.days }
}
