import { hash } from 'node:crypto'
import { isSolved, type Proof, type ProofChallenge, proofAlgorithm } from '@ticket-queue/contracts/proof-of-work'
import { z } from 'zod'
import { createSignedTexts, keysFor, type SigningKeys } from './signed-text.ts'

const owner = { scheduleId: z.uuid(), userId: z.uuid() }

/** `bits` of work asked of this user for this schedule; it counts until `ends` (unix ms of Redis). */
const challengeSchema = z.strictObject({
  v: z.literal(1),
  ...owner,
  bits: z.int().positive(),
  ends: z.int().positive(),
})

interface Owner {
  readonly scheduleId: string
  readonly userId: string
}

/** Asks newcomers for work and checks it; keeps nothing, so that any replica takes what another has asked for. */
export interface EntryProofs {
  ask(owner: Owner, work: { bits: number; nowMs: number }): ProofChallenge
  /** Until when (unix ms of Redis) the proof counts; null if we did not ask this user for it in this schedule, or the work is not done. */
  read(owner: Owner, proof: Proof): number | null
}

/** As long as a phone may take that is put away in between, and short enough that work cannot be stored. */
const challengeMs = 180_000

/**
 * The proofs asked for with these keys. A challenge is its owner's for three minutes, whatever becomes of the address or of the
 * difficulty meanwhile; used again by its owner it is worth nothing more, for an account has one place.
 */
export function createEntryProofs(keys: SigningKeys): EntryProofs {
  const texts = createSignedTexts(keysFor('queue entry proof', keys))
  return {
    ask: ({ scheduleId, userId }, { bits, nowMs }) => {
      const ends = nowMs + challengeMs
      return {
        challenge: texts.sign({ v: 1, scheduleId, userId, bits, ends }),
        difficultyBits: bits,
        algorithm: proofAlgorithm,
        expiresAt: new Date(ends).toISOString(),
      }
    },
    read: ({ scheduleId, userId }, proof) => {
      const { data } = challengeSchema.safeParse(texts.read(proof.challenge))
      if (data?.scheduleId !== scheduleId || data.userId !== userId) return null
      return isSolved(proof, data.bits, (text) => hash('sha256', text, 'buffer')) ? data.ends : null
    },
  }
}
