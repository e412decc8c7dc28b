import type { Kysely } from 'kysely'
import type { Language, Terms } from '../domain/terms.ts'
import type { Database } from './database.ts'

export interface TermsText extends Terms {
  readonly title: string
  readonly body: string
}

/** Gives the terms in force, required ones first: of each the highest version, in one language. */
export const currentTerms = async (db: Kysely<Database>, language: Language = 'ko'): Promise<TermsText[]> => {
  const rows = await db
    .selectFrom('terms')
    .distinctOn('id')
    .select(['id', 'version', 'required', 'title', 'body'])
    .where('language', '=', language)
    .orderBy('id')
    .orderBy('version', 'desc')
    .execute()
  return rows.sort((a, b) => Number(b.required) - Number(a.required))
}
