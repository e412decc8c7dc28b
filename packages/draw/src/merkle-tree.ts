import { sha256 } from './encoding.ts'

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)
const hashesPerTurn = 500
const hashBytes = 32

const leafHash = (leaf: Uint8Array): Buffer => sha256(leafPrefix, leaf)
const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(nodePrefix, left, right)

/** A Merkle tree as in RFC 6962, section 2.1: prefixes 0x00 and 0x01 keep leaves and nodes apart. */
export interface MerkleTree {
  readonly count: number
  /** 32 bytes in hex; of no leaves: SHA-256 of nothing. */
  readonly root: string
  /** The siblings from the leaf to the root (RFC 6962, section 2.1.1), in hex. */
  pathOf(index: number): string[]
}

/** Hashes `count` leaves, each asked for once, and keeps every level: 64 bytes a leaf. */
export function buildMerkleTree(count: number, leafAt: (index: number) => Uint8Array): MerkleTree {
  const growing = growMerkleTree(count, leafAt)
  for (;;) {
    const { done, value } = growing.next()
    if (done) return value
  }
}

/** The same, yielding after every 500 hashes so that whoever builds a large tree can let others have their turn. */
export function* growMerkleTree(
  count: number,
  leafAt: (index: number) => Uint8Array,
): Generator<undefined, MerkleTree, undefined> {
  const bottom = Buffer.alloc(count * hashBytes)
  for (let index = 0; index < count; index += 1) {
    leafHash(leafAt(index)).copy(bottom, index * hashBytes)
    if (index % hashesPerTurn === hashesPerTurn - 1) yield
  }
  const levels: Buffer[] = [bottom]
  for (let below = levels[0]; below !== undefined && below.length > hashBytes; below = levels.at(-1)) {
    levels.push(yield* levelAbove(below))
  }
  const top = levels.at(-1) as Buffer
  return {
    count,
    root: (count === 0 ? sha256() : top).toString('hex'),
    pathOf: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= count) throw new Error(`There is no leaf ${index}`)
      return levels.flatMap((level, height) => {
        const sibling = hashAt(level, Math.floor(index / 2 ** height) ^ 1)
        return sibling.length === 0 ? [] : [sibling.toString('hex')]
      })
    },
  }
}

const hashAt = (level: Buffer, index: number): Buffer => level.subarray(index * hashBytes, (index + 1) * hashBytes)

/** A last node without a partner goes up as it is: that is how RFC 6962 splits a count that is no power of two. */
function* levelAbove(below: Buffer): Generator<undefined, Buffer, undefined> {
  const count = below.length / hashBytes
  const above = Buffer.alloc(Math.ceil(count / 2) * hashBytes)
  for (let index = 0; index < count; index += 2) {
    const left = hashAt(below, index)
    const node = index + 1 < count ? nodeHash(left, hashAt(below, index + 1)) : left
    node.copy(above, (index / 2) * hashBytes)
    if (index % (2 * hashesPerTurn) === 2 * (hashesPerTurn - 1)) yield
  }
  return above
}

export interface MerkleProof {
  readonly leaf: Uint8Array
  readonly index: number
  readonly count: number
  readonly path: readonly string[]
}

/** The root that a path leads to, in hex; null if the path does not fit the index and the count (RFC 9162, section 2.1.3.2). */
export function rootOfPath({ leaf, index, count, path }: MerkleProof): string | null {
  if (index < 0 || index >= count) return null
  let [node, last, hash] = [index, count - 1, leafHash(leaf)]
  for (const sibling of path) {
    if (last === 0) return null
    const other = Buffer.from(sibling, 'hex')
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(other, hash)
      while (node % 2 === 0 && node !== 0) [node, last] = [node >>> 1, last >>> 1]
    } else {
      hash = nodeHash(hash, other)
    }
    ;[node, last] = [node >>> 1, last >>> 1]
  }
  return last === 0 ? hash.toString('hex') : null
}
