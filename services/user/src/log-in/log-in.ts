import { inTransaction } from '@ticket-queue/database'
import type { Kysely } from 'kysely'
import { accessTokenSeconds, type SignAccessToken } from '../domain/access-token.ts'
import { judgePassword } from '../domain/password-policy.ts'
import type { PersonalData } from '../domain/personal-data.ts'
import type { PasswordHasher } from '../passwords/hash-passwords.ts'
import type { VerifyCaptcha } from '../providers/captcha.ts'
import type { Database } from '../store/database.ts'
import { clearAttempts, enterAttempt, forgiveAttempt } from '../store/login-attempts.ts'
import { type Device, insertSession, type Session } from '../store/sessions.ts'
import { emailLookup, lockUser, type Role } from '../store/users.ts'
import { type Account, findAccount, recordLogIn, touchLastLogIn } from './log-in.queries.ts'

export interface LogInDeps {
  readonly db: Kysely<Database>
  readonly personalData: PersonalData
  readonly passwords: PasswordHasher
  readonly verifyCaptcha: VerifyCaptcha
  readonly signAccessToken: SignAccessToken
}

export interface LogInInput {
  readonly email: string
  readonly password: string
  readonly recaptchaToken: string
  readonly device: Device
}

export type LoggedIn =
  | {
      readonly kind: 'loggedIn'
      readonly accessToken: string
      readonly refreshToken: string
      readonly expiresInSeconds: number
    }
  | { readonly kind: 'locked'; readonly retryAfterSeconds: number }
  | {
      readonly kind: 'refused'
      readonly code: 'CAPTCHA_FAILED' | 'CAPTCHA_UNAVAILABLE' | 'INVALID_CREDENTIALS' | 'DORMANT' | 'BUSY'
    }

/**
 * Begins a session by e-mail and password (AUTH-006). Unknown address and wrong password take the same steps, time and
 * answer, and both lock the address; the state of an account shows only to who knows its password.
 */
export const logIn = async (deps: LogInDeps, input: LogInInput): Promise<LoggedIn> => {
  const captcha = await deps.verifyCaptcha(input.recaptchaToken, 'login')
  if (captcha === 'robot') return refused('CAPTCHA_FAILED')
  if (captcha === 'unavailable') return refused('CAPTCHA_UNAVAILABLE')

  const { db, passwords } = deps
  const address = emailLookup(deps.personalData, input.email)
  const account = await findAccount(db, address)
  const attempt = await enterAttempt(db, address)
  if (attempt.kind === 'locked') {
    await recordLogIn(db, { userId: account?.id, device: input.device, failure: 'LOCKED' })
    return attempt
  }

  // bcrypt reads 72 bytes: a longer text would pass by its beginning, so it is compared with nobody's hash.
  const comparable = judgePassword(input.password) !== 'TOO_LONG' && account?.status !== 'DELETED'
  const verdict = await passwords.compare(input.password, comparable ? (account?.passwordHash ?? null) : null)
  if (verdict === 'busy') {
    await forgiveAttempt(db, address)
    return refused('BUSY')
  }
  if (verdict === 'wrong' || !account) {
    const failure = account ? 'WRONG_PASSWORD' : 'UNKNOWN_ADDRESS'
    await recordLogIn(db, { userId: account?.id, device: input.device, failure })
    return refused('INVALID_CREDENTIALS')
  }
  return beginSession(deps, input, address, account)
}

const refused = (code: Extract<LoggedIn, { kind: 'refused' }>['code']) => ({ kind: 'refused', code }) as const

const beginSession = async (
  deps: LogInDeps,
  { device }: LogInInput,
  address: string,
  account: Account,
): Promise<LoggedIn> => {
  const begun = await inTransaction(deps.db, async (trx): Promise<Begun> => {
    const user = await lockUser(trx, account.id)
    // The password may have been changed, or the account left, while bcrypt was at work.
    if (!user || user.status === 'DELETED' || user.passwordHash !== account.passwordHash) {
      await recordLogIn(trx, { userId: account.id, device, failure: 'WRONG_PASSWORD' })
      return { kind: 'refused', code: 'INVALID_CREDENTIALS' }
    }
    await clearAttempts(trx, address)
    if (user.status === 'DORMANT') {
      await recordLogIn(trx, { userId: account.id, device, failure: 'DORMANT' })
      return { kind: 'refused', code: 'DORMANT' }
    }
    await touchLastLogIn(trx, account.id)
    await recordLogIn(trx, { userId: account.id, device, failure: null })
    return { kind: 'begun', role: user.role, session: await insertSession(trx, { userId: account.id, device }) }
  })
  if (begun.kind === 'refused') return begun
  const { tokenId, issuedAt, refreshToken } = begun.session
  const accessToken = await deps.signAccessToken({ userId: account.id, role: begun.role, tokenId, issuedAt })
  return { kind: 'loggedIn', accessToken, refreshToken, expiresInSeconds: accessTokenSeconds }
}

type Begun =
  | { readonly kind: 'begun'; readonly role: Role; readonly session: Session }
  | { readonly kind: 'refused'; readonly code: 'INVALID_CREDENTIALS' | 'DORMANT' }
