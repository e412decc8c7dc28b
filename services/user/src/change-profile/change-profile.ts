import type { Kysely } from 'kysely'
import type { PersonalData } from '../domain/personal-data.ts'
import type { Database } from '../store/database.ts'
import { findProfile, type Profile, updateProfile } from '../store/users.ts'

export interface ChangeProfileDeps {
  readonly db: Kysely<Database>
  readonly personalData: PersonalData
}

export interface ProfileChange {
  readonly name?: string | undefined
  readonly phone?: string | undefined
}

/** Changes name or phone of somebody's own profile (AUTH-013) and gives it, or null when the account is no longer active. */
export const changeProfile = async (
  { db, personalData }: ChangeProfileDeps,
  userId: string,
  change: ProfileChange,
): Promise<Profile | null> => {
  const changed = await updateProfile(db, personalData, userId, change)
  return changed ? findProfile(db, personalData, userId) : null
}
