import { createHash } from 'node:crypto'

/** Tokens that have been used once; the oldest half is forgotten when too many have come. */
export interface UsedTokens {
  /** True the first time for a token. */
  use(token: string): boolean
  clear(): void
}

export function createUsedTokens(maxTokens: number): UsedTokens {
  let recent = new Set<string>()
  let older = new Set<string>()
  return {
    use: (token) => {
      // A digest has one size whatever a client sends.
      const digest = createHash('sha1').update(token).digest('base64url')
      if (recent.has(digest) || older.has(digest)) return false
      if (recent.size >= maxTokens / 2) {
        older = recent
        recent = new Set()
      }
      recent.add(digest)
      return true
    },
    clear: () => {
      recent.clear()
      older.clear()
    },
  }
}
