/** The content codings this service keeps, best first. */
export const codings = ['br', 'gzip'] as const
export type Coding = (typeof codings)[number]

const known = new Map<string, Coding | null>()
const knownMax = 200

/**
 * Gives the coding to answer with for an Accept-Encoding header (RFC 9110 §12.5.3): the one the client likes best, of equal
 * ones the smallest; null for the plain text. Remembers what it has been asked, as browsers say the same each time.
 */
export function chooseCoding(header: string | undefined): Coding | null {
  if (header === undefined || header === '') return null
  const before = known.get(header)
  if (before !== undefined) return before
  const chosen = bestOf(weightsOf(header))
  if (known.size < knownMax) known.set(header, chosen)
  return chosen
}

function bestOf(weights: ReadonlyMap<string, number>): Coding | null {
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get('*') ?? 0
  const [best] = codings.toSorted((a, b) => weightOf(b) - weightOf(a))
  if (best === undefined || weightOf(best) === 0) return null
  // The plain text is always acceptable, but liked better only when the client says so.
  return (weights.get('identity') ?? 0) > weightOf(best) ? null : best
}

function weightsOf(header: string): Map<string, number> {
  const entries = header.split(',').map((part): [string, number] => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const value = weight === undefined ? 1 : Number(weight.slice(2))
    // What cannot be read counts as not accepted: the plain text suits everybody.
    return [name === 'x-gzip' ? 'gzip' : name, value >= 0 && value <= 1 ? value : 0]
  })
  return new Map(entries)
}
