import type { Kysely } from 'kysely'
import type { PersonalData } from '../domain/personal-data.ts'
import type { Database } from '../store/database.ts'
import { findProfile, type Profile } from '../store/users.ts'

export interface ReadProfileDeps {
  readonly db: Kysely<Database>
  readonly personalData: PersonalData
}

/** Gives somebody's own profile (AUTH-012), or null when the account is no longer active. */
export const readProfile = ({ db, personalData }: ReadProfileDeps, userId: string): Promise<Profile | null> =>
  findProfile(db, personalData, userId)
