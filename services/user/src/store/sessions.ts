import { sql, type Transaction } from 'kysely'
import { v4 as uuid } from 'uuid'
import { accessTokenSeconds, refreshTokenSeconds } from '../domain/access-token.ts'
import { hashRefreshToken, newRefreshToken } from '../domain/refresh-token.ts'
import type { Database } from './database.ts'

export interface Session {
  readonly refreshToken: string
  /** The `jti` of the access token that goes with it. */
  readonly tokenId: string
  readonly issuedAt: Date
}

/** From where a session is used, for the person's own list of sessions. */
export interface Device {
  readonly ip: string | null
  readonly userAgent: string | null
}

export interface LiveAccessToken {
  readonly tokenId: string
  readonly secondsLeft: number
}

/** Begins a session, or goes on with the one of `family` after its refresh token was spent. Take `lockUser` first. */
export const insertSession = async (
  trx: Transaction<Database>,
  session: { readonly userId: string; readonly device: Device; readonly family?: string },
): Promise<Session> => {
  const refreshToken = newRefreshToken()
  const tokenId = uuid()
  const row = await trx
    .insertInto('auth_tokens')
    .values({
      user_id: session.userId,
      refresh_token_hash: hashRefreshToken(refreshToken),
      token_family: session.family ?? uuid(),
      access_token_jti: tokenId,
      ip: session.device.ip,
      user_agent: session.device.userAgent,
      expires_at: sql<Date>`now() + make_interval(secs => ${refreshTokenSeconds})`,
    })
    .returning('issued_at')
    .executeTakeFirstOrThrow()
  return { refreshToken, tokenId, issuedAt: row.issued_at }
}

/**
 * Ends every refresh token of a family and gives the access tokens of it that still live by the database's clock,
 * for the blacklist. Safe to repeat: the access tokens come again. Take `lockUser` first.
 */
export const revokeFamily = async (trx: Transaction<Database>, family: string): Promise<LiveAccessToken[]> => {
  await trx
    .updateTable('auth_tokens')
    .set({ revoked: true, revoked_at: sql<Date>`now()` })
    .where('token_family', '=', family)
    .where('revoked', '=', false)
    .execute()
  const rows = await trx
    .selectFrom('auth_tokens')
    .select(['access_token_jti', secondsLeft.as('seconds_left')])
    .where('token_family', '=', family)
    .where(secondsLeft, '>', 0)
    .execute()
  return rows.map((row) => ({ tokenId: row.access_token_jti, secondsLeft: row.seconds_left }))
}

/** The access token says whole seconds, rounded down, so its end is counted from there. */
const secondsLeft = sql<number>`ceil(floor(extract(epoch FROM issued_at)) + ${accessTokenSeconds}::int - extract(epoch FROM now()))::int`
