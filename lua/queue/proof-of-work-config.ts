import { z } from 'zod'

/**
 * Work of 2^bits SHA-256 hashes. A phone's browser makes 200,000 to 1,000,000 a second, so that 16 bits are 0.07 to 0.3 s and
 * 20 bits, the most there is, 1 to 5 s. Below 8 bits the work would be less than that of sending it.
 */
const bits = z.int().min(8).max(20)

/** What a newcomer owes: `baseBits`, and one bit more for each doubling of the accounts that come from the same network. */
export const proofOfWorkConfigSchema = z
  .strictObject({
    baseBits: bits,
    /** Nobody owes more, however many share the network. */
    maxBits: bits,
    /** So many accounts of one network within two minutes owe no more than one alone. */
    freeAccountsPerAddress: z.int().min(1).max(1_000),
    /** Those are not asked for any work: a signal alone raises the cost. */
    onlyCrowded: z.boolean().default(false),
  })
  .refine(({ baseBits, maxBits }) => baseBits <= maxBits, { error: 'baseBits is above maxBits', path: ['baseBits'] })
