import type { Identity } from '@ticket-queue/service-kit'

export type VerifiedToken = {
  readonly identity: Identity
  readonly jti: string
  /** Unix seconds. */
  readonly expiresAt: number
  /** Of the key that signed it, and the key itself: a key that is no longer listed verifies nothing. */
  readonly kid: string
  readonly pem: string
}

/** What verified access tokens say, by the Authorization header that brought them. */
export type VerifiedTokens = {
  find(authorization: string): VerifiedToken | null
  remember(authorization: string, token: VerifiedToken): void
}

/** Twice as many people as one queue holds (QUEUE-006); about 1 KB each. */
const roomFor = 100_000

/**
 * Gives an empty memory of verified tokens: checking a signature costs more than all else a gateway does for a request, and the
 * same person asks again and again. A token is forgotten when it ends; of more than there is room for, those verified first.
 */
export function createVerifiedTokens(keptMax = roomFor): VerifiedTokens {
  const known = new Map<string, VerifiedToken>()
  return {
    find: (authorization) => {
      const found = known.get(authorization)
      if (found === undefined) return null
      // By this process' clock, as the signature's check judges it (RFC 7519, section 4.1.4).
      if (new Date() < new Date(found.expiresAt * 1_000)) return found
      known.delete(authorization)
      return null
    },
    remember: (authorization, token) => {
      known.delete(authorization)
      known.set(authorization, token)
      const [oldest] = known.keys()
      if (known.size > keptMax && oldest !== undefined) known.delete(oldest)
    },
  }
}
