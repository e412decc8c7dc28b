export interface Terms {
  readonly id: string
  readonly version: number
  readonly required: boolean
}

export interface Consent {
  readonly termsId: string
  readonly version: number
}

export type ConsentProblem = {
  readonly termsId: string
  readonly code: 'MISSING' | 'OUTDATED' | 'UNKNOWN' | 'REPEATED'
}

/**
 * Says what is wrong with the consents of a sign-up against the terms in force (AUTH-002):
 * every required one must be there, and what is consented to must be the version in force.
 */
export const judgeConsents = (terms: readonly Terms[], consents: readonly Consent[]): ConsentProblem[] => {
  const given = new Map(consents.map((consent) => [consent.termsId, consent.version]))
  const known = new Set(terms.map((one) => one.id))
  const problems: ConsentProblem[] = []
  for (const { id, version, required } of terms) {
    const consented = given.get(id)
    if (consented === undefined && required) problems.push({ termsId: id, code: 'MISSING' })
    if (consented !== undefined && consented !== version) problems.push({ termsId: id, code: 'OUTDATED' })
  }
  for (const id of given.keys()) if (!known.has(id)) problems.push({ termsId: id, code: 'UNKNOWN' })
  const repeated = consents.filter(({ termsId }, index) => consents.findIndex((one) => one.termsId === termsId) < index)
  for (const { termsId } of repeated) problems.push({ termsId, code: 'REPEATED' })
  return problems
}

export type Language = 'ko' | 'en'

/** Gives the language of an Accept-Language header (RFC 9110 §12.5.4) that we have texts in; Korean when none is asked for. */
export const chooseLanguage = (acceptLanguage: string | undefined): Language => {
  const wishes = (acceptLanguage ?? '').split(',').map((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
    const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
    return { language: tag.split('-')[0], weight: quality === undefined ? 1 : Number(quality) }
  })
  const best = wishes
    .filter(({ language, weight }) => (language === 'ko' || language === 'en') && weight > 0)
    .sort((a, b) => b.weight - a.weight)[0]
  return best?.language === 'en' ? 'en' : 'ko'
}
