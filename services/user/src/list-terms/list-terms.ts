import type { Kysely } from 'kysely'
import { chooseLanguage, type Language } from '../domain/terms.ts'
import type { Database } from '../store/database.ts'
import { currentTerms, type TermsText } from '../store/terms.ts'

export interface ListTermsDeps {
  readonly db: Kysely<Database>
}

/** Gives the terms in force (AUTH-001) in the language asked for, and which language that is. */
export const listTerms = async (
  { db }: ListTermsDeps,
  acceptLanguage: string | undefined,
): Promise<{ language: Language; terms: TermsText[] }> => {
  const language = chooseLanguage(acceptLanguage)
  return { language, terms: await currentTerms(db, language) }
}
