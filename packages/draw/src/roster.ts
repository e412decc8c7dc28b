import { encodeLines, hmacKey, hmacSha256 } from './encoding.ts'
import { buildMerkleTree, growMerkleTree, type MerkleTree } from './merkle-tree.ts'

/** A user's name in the published roster of one draw: who has the salt and the user ID finds it, nobody else. 64 hex digits. */
export function entrantIdOf(salt: string, scheduleId: string, userId: string): string {
  return entrantNamer(salt, scheduleId)(userId)
}

/** `entrantIdOf` for many users of one draw. */
export function entrantNamer(salt: string, scheduleId: string): (userId: string) => string {
  const key = hmacKey(salt)
  return (userId) => hmacSha256(key, encodeLines('entrant', [scheduleId, userId.toLowerCase()])).toString('hex')
}

/** The leaf of the roster's tree for one entrant. */
export function rosterLeaf(index: number, entrantId: string): Buffer {
  return encodeLines('leaf', [index, entrantId])
}

/** The tree over the entrants in entry order; its root is the roster digest. Takes some microseconds an entrant. */
export function buildRosterTree(entrantIds: readonly string[]): MerkleTree {
  return buildMerkleTree(entrantIds.length, (index) => rosterLeaf(index, entrantIds[index] ?? ''))
}

/** The same tree of a roster that is too large to be hashed in one go: waits for `pause` after every 500 hashes. */
export async function growRosterTree(
  entrantIds: readonly string[],
  pause: () => Promise<unknown>,
): Promise<MerkleTree> {
  const growing = growMerkleTree(entrantIds.length, (index) => rosterLeaf(index, entrantIds[index] ?? ''))
  for (;;) {
    const { done, value } = growing.next()
    if (done) return value
    await pause()
  }
}
