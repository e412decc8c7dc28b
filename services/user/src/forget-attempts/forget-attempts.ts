import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'

const keptHours = 24

/** Forgets failed log-ins that no lock depends on any more, so that addresses without account do not pile up; gives how many. */
export const forgetAttempts = async (db: Kysely<Database>): Promise<number> => {
  const result = await db
    .deleteFrom('login_attempts')
    .where('last_failed_at', '<', sql<Date>`now() - make_interval(hours => ${keptHours})`)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}
