import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../store/database.ts'
import type { Device } from '../store/sessions.ts'

export interface Account {
  readonly id: string
  readonly passwordHash: string | null
  readonly status: 'ACTIVE' | 'DORMANT' | 'DELETED'
}

/** Gives what log-in needs of the account with this address, or null. */
export const findAccount = async (db: Kysely<Database>, address: string): Promise<Account | null> => {
  const row = await db
    .selectFrom('users')
    .select(['id', 'password_hash', 'status'])
    .where('email_lookup', '=', address)
    .executeTakeFirst()
  return row ? { id: row.id, passwordHash: row.password_hash, status: row.status } : null
}

export type LogInFailure = 'UNKNOWN_ADDRESS' | 'WRONG_PASSWORD' | 'LOCKED' | 'DORMANT'

/** Writes one line of the log-in history (AUTH-019); `failure` is null for success. */
export const recordLogIn = async (
  db: Kysely<Database>,
  entry: { readonly userId: string | undefined; readonly device: Device; readonly failure: LogInFailure | null },
): Promise<void> => {
  await db
    .insertInto('login_history')
    .values({
      user_id: entry.userId ?? null,
      ip: entry.device.ip,
      user_agent: entry.device.userAgent,
      method: 'EMAIL',
      success: entry.failure === null,
      failure_reason: entry.failure,
    })
    .execute()
}

/** Notes the time of a log-in: an account without one for a year falls asleep (AUTH-018). */
export const touchLastLogIn = async (trx: Transaction<Database>, userId: string): Promise<void> => {
  await trx.updateTable('users').set({ last_login_at: sql<Date>`now()` }).where('id', '=', userId).execute()
}
