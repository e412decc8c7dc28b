import { inTransaction } from '@ticket-queue/database'
import { blacklistToken } from '@ticket-queue/lua/token'
import type { RedisClient } from '@ticket-queue/redis'
import { type Kysely, sql, type Transaction } from 'kysely'
import { accessTokenSeconds, type SignAccessToken } from '../domain/access-token.ts'
import { hashRefreshToken } from '../domain/refresh-token.ts'
import type { Database } from '../store/database.ts'
import { type Device, insertSession, type LiveAccessToken, revokeFamily, type Session } from '../store/sessions.ts'
import { lockUser, type Role } from '../store/users.ts'

export interface RefreshSessionDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly signAccessToken: SignAccessToken
  readonly onError: (error: unknown) => void
}

export type Refreshed =
  | {
      readonly kind: 'refreshed'
      readonly accessToken: string
      readonly refreshToken: string
      readonly expiresInSeconds: number
    }
  | { readonly kind: 'refused'; readonly code: 'REFRESH_INVALID' | 'REFRESH_REUSED' }

/**
 * Exchanges a refresh token for new tokens (AUTH-009). A token works once, without a grace: the second use, even in the
 * same moment, ends the family and its access tokens, because thief and owner look the same from here.
 */
export const refreshSession = async (
  deps: RefreshSessionDeps,
  input: { readonly refreshToken: string; readonly device: Device },
): Promise<Refreshed> => {
  const outcome = await inTransaction(deps.db, (trx) => rotate(trx, hashRefreshToken(input.refreshToken), input.device))
  if (outcome.kind === 'invalid') return { kind: 'refused', code: 'REFRESH_INVALID' }
  if (outcome.kind === 'reused') {
    await blacklist(deps, outcome.liveTokens)
    return { kind: 'refused', code: 'REFRESH_REUSED' }
  }
  const { userId, role, session } = outcome
  const { tokenId, issuedAt, refreshToken } = session
  const accessToken = await deps.signAccessToken({ userId, role, tokenId, issuedAt })
  return { kind: 'refreshed', accessToken, refreshToken, expiresInSeconds: accessTokenSeconds }
}

type Rotation =
  | { readonly kind: 'rotated'; readonly userId: string; readonly role: Role; readonly session: Session }
  | { readonly kind: 'reused'; readonly liveTokens: readonly LiveAccessToken[] }
  | { readonly kind: 'invalid' }

const rotate = async (trx: Transaction<Database>, hash: string, device: Device): Promise<Rotation> => {
  const token = await trx
    .selectFrom('auth_tokens')
    .select(['user_id', 'token_family'])
    .where('refresh_token_hash', '=', hash)
    .executeTakeFirst()
  if (!token) return { kind: 'invalid' }
  const user = await lockUser(trx, token.user_id)
  if (user?.status !== 'ACTIVE') return { kind: 'invalid' }

  if (await spend(trx, hash)) {
    const session = await insertSession(trx, { userId: token.user_id, device, family: token.token_family })
    return { kind: 'rotated', userId: token.user_id, role: user.role, session }
  }
  if (await isRevoked(trx, hash)) return { kind: 'reused', liveTokens: await revokeFamily(trx, token.token_family) }
  return { kind: 'invalid' }
}

const spend = async (trx: Transaction<Database>, hash: string): Promise<boolean> => {
  const result = await trx
    .updateTable('auth_tokens')
    .set({ revoked: true, revoked_at: sql<Date>`now()` })
    .where('refresh_token_hash', '=', hash)
    .where('revoked', '=', false)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

const isRevoked = async (trx: Transaction<Database>, hash: string): Promise<boolean> => {
  const row = await trx
    .selectFrom('auth_tokens')
    .select('revoked')
    .where('refresh_token_hash', '=', hash)
    .executeTakeFirst()
  return row?.revoked === true
}

/** The family has ended in the database already; without Redis its access tokens live out their hour at most. */
const blacklist = async ({ redis, onError }: RefreshSessionDeps, tokens: readonly LiveAccessToken[]): Promise<void> => {
  try {
    await Promise.all(tokens.map(({ tokenId, secondsLeft }) => blacklistToken(redis, tokenId, secondsLeft)))
  } catch (error) {
    onError(error)
  }
}
