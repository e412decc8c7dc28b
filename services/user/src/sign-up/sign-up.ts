import { inTransaction, isUniqueViolation } from '@ticket-queue/database'
import type { Kysely } from 'kysely'
import { isSamePerson } from '../domain/person.ts'
import type { PersonalData } from '../domain/personal-data.ts'
import { type Consent, type ConsentProblem, judgeConsents } from '../domain/terms.ts'
import type { PasswordHasher } from '../passwords/hash-passwords.ts'
import type { VerifyCaptcha } from '../providers/captcha.ts'
import type { ReadIdentity, VerifiedPerson } from '../providers/identity.ts'
import type { Database } from '../store/database.ts'
import { currentTerms } from '../store/terms.ts'
import { insertUser } from '../store/users.ts'

export interface SignUpDeps {
  readonly db: Kysely<Database>
  readonly personalData: PersonalData
  readonly passwords: PasswordHasher
  readonly verifyCaptcha: VerifyCaptcha
  readonly readIdentity: ReadIdentity
}

/** As the route has normalised it. */
export interface SignUpInput {
  readonly email: string
  readonly password: string
  readonly name: string
  readonly phone: string
  readonly identityVerificationId: string
  readonly recaptchaToken: string
  readonly consents: readonly Consent[]
}

export type SignedUp =
  | { readonly kind: 'signedUp'; readonly id: string; readonly email: string; readonly name: string }
  | { readonly kind: 'consentsRefused'; readonly problems: readonly ConsentProblem[] }
  | { readonly kind: 'refused'; readonly code: SignUpRefusal }

export type SignUpRefusal =
  | 'CAPTCHA_FAILED'
  | 'CAPTCHA_UNAVAILABLE'
  | 'IDENTITY_NOT_VERIFIED'
  | 'IDENTITY_UNAVAILABLE'
  | 'BUSY'
  | 'EMAIL_TAKEN'
  | 'IDENTITY_TAKEN'

/**
 * Makes an account (AUTH-001..005): terms, CAPTCHA, identity, then everything in one transaction.
 * The unique constraints decide who was first, and nothing is written when anything is refused.
 */
export const signUp = async (deps: SignUpDeps, input: SignUpInput): Promise<SignedUp> => {
  const problems = judgeConsents(await currentTerms(deps.db), input.consents)
  if (problems.length > 0) return { kind: 'consentsRefused', problems }

  const captcha = await deps.verifyCaptcha(input.recaptchaToken, 'signup')
  if (captcha === 'robot') return refused('CAPTCHA_FAILED')
  if (captcha === 'unavailable') return refused('CAPTCHA_UNAVAILABLE')

  const identity = await deps.readIdentity(input.identityVerificationId)
  if (identity.kind === 'unavailable') return refused('IDENTITY_UNAVAILABLE')
  if (identity.kind === 'notVerified' || !isSamePerson(input, identity.person)) return refused('IDENTITY_NOT_VERIFIED')

  const hashed = await deps.passwords.hash(input.password)
  if (hashed.kind === 'busy') return refused('BUSY')

  return insertOrRefuse(deps, input, identity.person, hashed.hash)
}

const refused = (code: SignUpRefusal) => ({ kind: 'refused', code }) as const

const insertOrRefuse = async (
  { db, personalData }: SignUpDeps,
  input: SignUpInput,
  identity: VerifiedPerson,
  passwordHash: string,
): Promise<SignedUp> => {
  const { email, name, phone, consents } = input
  try {
    const id = await inTransaction(db, async (trx) => {
      const user = { email, name, phone, consents, passwordHash, identity, role: 'USER' } as const
      const userId = await insertUser(trx, personalData, user)
      await trx
        .insertInto('used_identity_verifications')
        .values({ id: input.identityVerificationId, user_id: userId, purpose: 'SIGNUP' })
        .execute()
      return userId
    })
    return { kind: 'signedUp', id, email, name }
  } catch (error) {
    if (isUniqueViolation(error, 'users_email_lookup_unique')) return refused('EMAIL_TAKEN')
    if (isUniqueViolation(error, 'users_ci_lookup_unique')) return refused('IDENTITY_TAKEN')
    if (isUniqueViolation(error, 'used_identity_verifications_pkey')) return refused('IDENTITY_NOT_VERIFIED')
    throw error
  }
}
