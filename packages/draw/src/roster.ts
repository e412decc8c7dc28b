import { encodeLines, hmacKey, hmacSha256 } from './encoding.ts'
import { buildMerkleTree, type MerkleTree } from './merkle-tree.ts'

/** A user's name in the published roster of one draw: who has the salt and the user ID finds it, nobody else. 64 hex digits. */
export function entrantIdOf(salt: string, scheduleId: string, userId: string): string {
  return hmacSha256(hmacKey(salt), encodeLines('entrant', [scheduleId, userId.toLowerCase()])).toString('hex')
}

/** The leaf of the roster's tree for one entrant. */
export function rosterLeaf(index: number, entrantId: string): Buffer {
  return encodeLines('leaf', [index, entrantId])
}

/** The tree over the entrants in entry order; its root is the roster digest. Takes some microseconds an entrant. */
export function buildRosterTree(entrantIds: readonly string[]): MerkleTree {
  return buildMerkleTree(entrantIds.length, (index) => rosterLeaf(index, entrantIds[index] ?? ''))
}
