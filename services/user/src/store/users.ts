import type { Kysely, Transaction } from 'kysely'
import { v7 as uuid } from 'uuid'
import { normaliseEmail } from '../domain/email.ts'
import { normalisePhone } from '../domain/person.ts'
import type { PersonalData } from '../domain/personal-data.ts'
import type { Consent } from '../domain/terms.ts'
import type { Database } from './database.ts'

export type Role = 'USER' | 'ADMIN'

export interface NewUser {
  readonly email: string
  readonly passwordHash: string
  readonly name: string
  readonly phone: string
  /** Null for people made by command: nobody verified them. */
  readonly identity: { readonly ci: string; readonly di: string | null } | null
  readonly role: Role
  readonly consents: readonly Consent[]
}

export interface Profile {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly phone: string | null
  readonly role: Role
  readonly createdAt: Date
}

type SealedColumn = 'email' | 'name' | 'phone' | 'ci' | 'di'

/** Where a sealed column of a user lives: part of what the seal authenticates. */
const place = (column: SealedColumn, userId: string): string => `users.${column}:${userId}`

const roleOf = (role: string): Role => (role === 'ADMIN' ? 'ADMIN' : 'USER')

/** Gives the text by which an account is found by its address, however the address is spelled. */
export const emailLookup = (personalData: PersonalData, email: string): string =>
  personalData.lookup('email', normaliseEmail(email))

const phoneLookup = (personalData: PersonalData, phone: string): string =>
  personalData.lookup('phone', normalisePhone(phone))

/**
 * Inserts a user with the consents and gives the ID. A taken address violates `users_email_lookup_unique`,
 * a person who has an account `users_ci_lookup_unique`.
 */
export const insertUser = async (
  trx: Transaction<Database>,
  personalData: PersonalData,
  user: NewUser,
): Promise<string> => {
  const id = uuid()
  const seal = (column: SealedColumn, value: string) => personalData.seal(place(column, id), value)
  const { ci, di } = user.identity ?? { ci: null, di: null }
  await trx
    .insertInto('users')
    .values({
      id,
      email: seal('email', normaliseEmail(user.email)),
      email_lookup: emailLookup(personalData, user.email),
      password_hash: user.passwordHash,
      name: seal('name', user.name),
      phone: seal('phone', user.phone),
      phone_lookup: phoneLookup(personalData, user.phone),
      ci: ci && seal('ci', ci),
      ci_lookup: ci && personalData.lookup('ci', ci),
      di: di && seal('di', di),
      di_lookup: di && personalData.lookup('di', di),
      role: user.role,
    })
    .execute()
  if (user.consents.length > 0) {
    const consents = user.consents.map(({ termsId, version }) => ({ user_id: id, terms_id: termsId, version }))
    await trx.insertInto('consents').values(consents).execute()
  }
  return id
}

/** Gives the profile of an active account, or null. */
export const findProfile = async (
  db: Kysely<Database>,
  personalData: PersonalData,
  userId: string,
): Promise<Profile | null> => {
  const row = await db
    .selectFrom('users')
    .select(['id', 'email', 'name', 'phone', 'role', 'created_at'])
    .where('id', '=', userId)
    .where('status', '=', 'ACTIVE')
    .executeTakeFirst()
  if (!row) return null
  return {
    id: row.id,
    email: personalData.open(place('email', row.id), row.email),
    name: personalData.open(place('name', row.id), row.name),
    phone: row.phone === null ? null : personalData.open(place('phone', row.id), row.phone),
    role: roleOf(row.role),
    createdAt: row.created_at,
  }
}

/** Changes name or phone of an active account; says whether there was one. */
export const updateProfile = async (
  db: Kysely<Database>,
  personalData: PersonalData,
  userId: string,
  { name, phone }: { readonly name?: string | undefined; readonly phone?: string | undefined },
): Promise<boolean> => {
  const seal = (column: SealedColumn, value: string) => personalData.seal(place(column, userId), value)
  const result = await db
    .updateTable('users')
    .set((expression) => ({
      version: expression('version', '+', 1),
      ...(name === undefined ? {} : { name: seal('name', name) }),
      ...(phone === undefined ? {} : { phone: seal('phone', phone), phone_lookup: phoneLookup(personalData, phone) }),
    }))
    .where('id', '=', userId)
    .where('status', '=', 'ACTIVE')
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export interface LockedUser {
  readonly role: Role
  readonly status: 'ACTIVE' | 'DORMANT' | 'DELETED'
  readonly passwordHash: string | null
}

/**
 * Locks an account's row to the end of the transaction and gives what sessions depend on.
 * Whatever begins or ends sessions takes this lock first, so that none slips through while others are ended.
 */
export const lockUser = async (trx: Transaction<Database>, userId: string): Promise<LockedUser | null> => {
  const row = await trx
    .selectFrom('users')
    .select(['role', 'status', 'password_hash'])
    .where('id', '=', userId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!row) return null
  return { role: roleOf(row.role), status: statusOf(row.status), passwordHash: row.password_hash }
}

const statusOf = (status: string): LockedUser['status'] =>
  status === 'ACTIVE' || status === 'DORMANT' ? status : 'DELETED'
