import { type Kysely, sql } from 'kysely'
import { loginLock } from '../domain/login-lock.ts'
import type { Database } from './database.ts'

export type Attempt = { readonly kind: 'entered' } | { readonly kind: 'locked'; readonly retryAfterSeconds: number }

const lockEnds = sql`login_attempts.last_failed_at + make_interval(secs => ${loginLock.lockedSeconds})`
const counted = sql`login_attempts.failures + 1`
const isLocked = sql`${lockEnds} > now() AND login_attempts.failures >= ${loginLock.failuresMax}`

/**
 * Counts an attempt as failed before its password is looked at, in one statement, so that any number of parallel guesses
 * gets `failuresMax` tries and no more. A try during the lock does not prolong it.
 */
export const enterAttempt = async (db: Kysely<Database>, address: string): Promise<Attempt> => {
  const { rows } = await sql<{ failures: number; seconds_left: number }>`
    INSERT INTO login_attempts (email_lookup, failures) VALUES (${address}, 1)
    ON CONFLICT (email_lookup) DO UPDATE SET
      failures = CASE
        WHEN ${lockEnds} <= now() THEN 1
        ELSE least(${counted}, ${loginLock.failuresMax + 1})
      END,
      last_failed_at = CASE WHEN ${isLocked} THEN login_attempts.last_failed_at ELSE now() END
    RETURNING failures, ceil(extract(epoch FROM ${lockEnds} - now()))::int AS seconds_left`.execute(db)
  const row = rows[0]
  if (row && row.failures > loginLock.failuresMax) return { kind: 'locked', retryAfterSeconds: row.seconds_left }
  return { kind: 'entered' }
}

/** Takes back an attempt whose password was never looked at. */
export const forgiveAttempt = async (db: Kysely<Database>, address: string): Promise<void> => {
  await sql`
    WITH last AS (DELETE FROM login_attempts WHERE email_lookup = ${address} AND failures = 1)
    UPDATE login_attempts SET failures = failures - 1 WHERE email_lookup = ${address} AND failures > 1`.execute(db)
}

/** Begins the count anew after the right password. */
export const clearAttempts = async (db: Kysely<Database>, address: string): Promise<void> => {
  await db.deleteFrom('login_attempts').where('email_lookup', '=', address).execute()
}
