import { randomBytes } from 'node:crypto'
import { encodeLines, sha256 } from './encoding.ts'
import type { DrawTerms } from './terms.ts'

/** Kept secret until the draw is published; 32 bytes each, in hex. */
export interface DrawSecrets {
  readonly seed: string
  /** Hides user IDs in the roster. Committed to like the seed, or it could be chosen to steer the roster digest. */
  readonly salt: string
}

/** A new seed and salt from the operating system's generator. */
export function newDrawSecrets(): DrawSecrets {
  return { seed: randomBytes(32).toString('hex'), salt: randomBytes(32).toString('hex') }
}

/** The published hash that fixes terms, salt and seed of a draw before its pre-queue opens: 64 hex digits. */
export function commitmentOf(terms: DrawTerms, secrets: DrawSecrets): string {
  return sha256(
    encodeLines('commitment', [
      terms.scheduleId,
      terms.committedAt,
      terms.opensAt,
      terms.closesAt,
      terms.beacon?.source ?? 'none',
      terms.beacon?.reference ?? 'none',
      secrets.salt,
      secrets.seed,
    ]),
  ).toString('hex')
}
