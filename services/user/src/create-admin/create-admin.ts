import { inTransaction, isUniqueViolation } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import type { PersonalData } from '../domain/personal-data.ts'
import type { PasswordHasher } from '../passwords/hash-passwords.ts'
import type { Database } from '../store/database.ts'
import { clearAttempts } from '../store/login-attempts.ts'
import { currentTerms } from '../store/terms.ts'
import { emailLookup, insertUser, lockUser, type Role } from '../store/users.ts'

export interface CreateAdminDeps {
  readonly db: Kysely<Database>
  readonly personalData: PersonalData
  readonly passwords: PasswordHasher
}

/** Normalised and within the password policy, as for sign-up. */
export interface WantedAccount {
  readonly email: string
  readonly password: string
  readonly name: string
  readonly phone: string
  readonly role: Role
}

/**
 * Makes an account with a role, or brings the one of this address to this password and role; safe to repeat and to race.
 * It is for whoever may run commands beside the database: no CAPTCHA, and no identity, so the account has no CI.
 * Throws for a withdrawn account, which nobody may bring back like this.
 */
export const createAdmin = async (deps: CreateAdminDeps, wanted: WantedAccount): Promise<'created' | 'updated'> => {
  const hashed = await deps.passwords.hash(wanted.password)
  if (hashed.kind === 'busy') throw new Error('The password hasher is busy')
  const required = (await currentTerms(deps.db)).filter((terms) => terms.required)
  const consents = required.map(({ id, version }) => ({ termsId: id, version }))
  const user = { ...wanted, consents, passwordHash: hashed.hash, identity: null }
  try {
    await inTransaction(deps.db, (trx) => insertUser(trx, deps.personalData, user))
    return 'created'
  } catch (error) {
    if (!isUniqueViolation(error, 'users_email_lookup_unique')) throw error
    await updateAccount(deps, wanted, hashed.hash)
    return 'updated'
  }
}

const updateAccount = async (deps: CreateAdminDeps, wanted: WantedAccount, newHash: string): Promise<void> => {
  const address = emailLookup(deps.personalData, wanted.email)
  const { id, password_hash: oldHash } = await deps.db
    .selectFrom('users')
    .select(['id', 'password_hash'])
    .where('email_lookup', '=', address)
    .executeTakeFirstOrThrow()
  const unchanged = (await deps.passwords.compare(wanted.password, oldHash)) === 'right'
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, id)
    if (!user || user.status === 'DELETED') throw new Error('This account was withdrawn: choose another address')
    const same = unchanged && user.passwordHash === oldHash
    await trx
      .updateTable('users')
      .set({ role: wanted.role, status: 'ACTIVE', dormant_at: null, ...(same ? {} : { password_hash: newHash }) })
      .where('id', '=', id)
      .execute()
    await clearAttempts(trx, address)
    if (same && user.role === wanted.role) return
    await trx
      .updateTable('auth_tokens')
      .set({ revoked: true, revoked_at: sql<Date>`now()` })
      .where('user_id', '=', id)
      .where('revoked', '=', false)
      .execute()
  })
}
