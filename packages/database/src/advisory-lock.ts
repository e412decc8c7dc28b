import { type Kysely, sql } from 'kysely'

export type LockOutcome<T> = { readonly acquired: true; readonly value: T } | { readonly acquired: false }

/**
 * Runs `work` while this session alone, in the whole database, holds the lock `name`; returns at once if another has it.
 * `connection` is the session that holds it: queries through it fail once the lock is lost, which is the fence.
 */
export const tryAdvisoryLock = async <DB, T>(
  db: Kysely<DB>,
  name: string,
  work: (connection: Kysely<DB>) => Promise<T>,
): Promise<LockOutcome<T>> =>
  db.connection().execute(async (connection) => {
    const key = sql`hashtextextended(${name}, 0)`
    const result = await sql<{ acquired: boolean }>`select pg_try_advisory_lock(${key}) as acquired`.execute(connection)
    if (result.rows[0]?.acquired !== true) return { acquired: false }
    try {
      return { acquired: true, value: await work(connection) }
    } finally {
      // A session that has gone took its lock with it, and the error of `work` is the one to report.
      await sql`select pg_advisory_unlock(${key})`.execute(connection).catch(() => undefined)
    }
  })
