import { z } from 'zod'

/**
 * The work a newcomer to a queue may owe. A proof answers `proofParts` small puzzles instead of one large one: the work is the
 * same, but its duration is nearly the same for everybody, as is right where an earlier arrival is a better place.
 */
export const proofParts = 8
const bitsPerProof = Math.log2(proofParts)

/** For each part 0 to 7 the SHA-256 of the text `seed.part.nonce` begins with `difficultyBits` - 3 zero bits; `seed` stands after the dot of the challenge. */
export const proofAlgorithm = 'sha256-8-parts'

/** What a client is asked for; in all 2^`difficultyBits` hashes on average. */
export const proofChallengeSchema = z.object({
  challenge: z.string().max(512),
  difficultyBits: z.int().min(bitsPerProof).max(24),
  algorithm: z.literal(proofAlgorithm),
  /** The challenge is of no use after this. */
  expiresAt: z.iso.datetime({ offset: true }),
})

/** A seed, a part and a nonce of nine digits fit into one block of SHA-256, so that no client needs to be clever to be fast. */
const nonceMax = 999_999_999

/** The work shown: a nonce for each part, in order. */
export const proofSchema = z.strictObject({
  challenge: z.string().max(512),
  nonces: z.array(z.int().min(0).max(nonceMax)).length(proofParts),
})

export type ProofChallenge = z.infer<typeof proofChallengeSchema>
export type Proof = z.infer<typeof proofSchema>

/** The digest of a text in UTF-8: `crypto.hash` of Node, or a library where a browser runs this. */
export type Sha256 = (text: string) => Uint8Array

/** Whether every part is answered. Costs a client nothing to get wrong and us at most `proofParts` hashes to see. */
export function isSolved({ challenge, nonces }: Proof, difficultyBits: number, sha256: Sha256): boolean {
  const seed = seedOf(challenge)
  const parts = nonces.map((nonce, part) => ({ nonce, part }))
  return (
    parts.length === proofParts &&
    parts.every(({ nonce, part }) => zeroBits(sha256(puzzle(seed, part, nonce))) >= difficultyBits - bitsPerProof)
  )
}

/**
 * Does the work. `null` after `attemptsMax` hashes: the default, eight times the average, is exceeded once in 10^18 proofs.
 * It does not yield; a browser runs it in a worker.
 */
export function solveProof(
  { challenge, difficultyBits }: Pick<ProofChallenge, 'challenge' | 'difficultyBits'>,
  sha256: Sha256,
  attemptsMax = proofParts * 2 ** difficultyBits,
): Proof | null {
  const seed = seedOf(challenge)
  const nonces: number[] = []
  let nonce = 0
  for (let attempt = 0; attempt < attemptsMax && nonce <= nonceMax; attempt += 1) {
    if (zeroBits(sha256(puzzle(seed, nonces.length, nonce))) < difficultyBits - bitsPerProof) {
      nonce += 1
      continue
    }
    nonces.push(nonce)
    if (nonces.length === proofParts) return { challenge, nonces }
    nonce = 0
  }
  return null
}

const seedOf = (challenge: string): string => challenge.slice(challenge.lastIndexOf('.') + 1)

const puzzle = (seed: string, part: number, nonce: number): string => `${seed}.${part}.${nonce}`

/** How many zero bits a digest begins with, as far as its first 32. */
const zeroBits = ([a = 0, b = 0, c = 0, d = 0]: Uint8Array): number => Math.clz32((a << 24) | (b << 16) | (c << 8) | d)
