import { inTransaction } from '@ticket-queue/database'
import { blacklistToken } from '@ticket-queue/lua/token'
import type { RedisClient } from '@ticket-queue/redis'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../store/database.ts'
import { type LiveAccessToken, revokeFamily } from '../store/sessions.ts'
import { lockUser } from '../store/users.ts'

export interface LogOutDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
}

export interface LoggedOut {
  /** No device of this person is logged in any more. */
  readonly isEverywhere: boolean
}

export interface LogOutInput {
  readonly userId: string
  readonly tokenId: string
  /** Unix time in seconds. */
  readonly tokenExpiresAt: number
}

/**
 * Ends the session an access token belongs to (AUTH-008): its refresh tokens in the database, then every access token of
 * it that still lives in the blacklist, each for what is left of it (AUTH-010). Throws when Redis cannot be told, so that
 * nobody believes to be logged out who is not; repeating it is safe.
 */
export const logOut = async ({ db, redis }: LogOutDeps, input: LogOutInput): Promise<LoggedOut> => {
  const { tokens, isEverywhere } = await inTransaction(db, async (trx): Promise<Ended> => {
    await lockUser(trx, input.userId)
    const family = await findFamily(trx, input)
    const presented = { tokenId: input.tokenId, secondsLeft: await secondsUntil(trx, input.tokenExpiresAt) }
    const others = family === null ? [] : await revokeFamily(trx, family)
    return {
      tokens: [...others.filter(({ tokenId }) => tokenId !== presented.tokenId), presented],
      isEverywhere: !(await isLoggedInSomewhere(trx, input.userId)),
    }
  })
  await Promise.all(tokens.map(({ tokenId, secondsLeft }) => blacklistToken(redis, tokenId, secondsLeft)))
  return { isEverywhere }
}

type Ended = LoggedOut & { readonly tokens: readonly LiveAccessToken[] }

const isLoggedInSomewhere = async (trx: Transaction<Database>, userId: string): Promise<boolean> => {
  const row = await trx
    .selectFrom('auth_tokens')
    .select('id')
    .where('user_id', '=', userId)
    .where('revoked', '=', false)
    .where('expires_at', '>', sql<Date>`now()`)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

const findFamily = async (trx: Transaction<Database>, { userId, tokenId }: LogOutInput): Promise<string | null> => {
  const row = await trx
    .selectFrom('auth_tokens')
    .select('token_family')
    .where('access_token_jti', '=', tokenId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row?.token_family ?? null
}

const secondsUntil = async (trx: Transaction<Database>, unixSeconds: number): Promise<number> => {
  const { rows } = await sql<{ seconds: number }>`
    SELECT ceil(${unixSeconds}::bigint - extract(epoch FROM now()))::int AS seconds`.execute(trx)
  return rows[0]?.seconds ?? 0
}
