import { encodeLines, hmacKey, hmacSha256 } from './encoding.ts'

/** A draw's order of `count` people: which index (entry order, from 0) has which position (people ahead). */
export interface KeyedPermutation {
  readonly count: number
  positionOf(index: number): number
  indexOf(position: number): number
}

/** The most people in one draw, so that the halves below stay within 12 bits. */
export const entrantsMax = 2 ** 24 - 1

const rounds = 16
const halfBitsMin = 3

/**
 * The permutation of 0 … count-1 that a draw key (hex) gives: a balanced Feistel network of 16 rounds with HMAC-SHA256
 * over the smallest 4^h > count, h ≥ 3, walked until it lands below `count`. Costs 16 hashes for one person and at most
 * 16 × 2^h for everybody, as each round value is computed once. Throws on a count beyond `entrantsMax`.
 */
export function keyedPermutation(drawKey: string, count: number): KeyedPermutation {
  if (!Number.isInteger(count) || count < 0 || count > entrantsMax)
    throw new Error(`A draw of ${count} is not possible`)
  const halfBits = halfBitsOf(count)
  const roundValue = keepRoundValues(drawKey, halfBits)
  const mask = 2 ** halfBits - 1

  const forward = (value: number): number => {
    let [left, right] = [value >>> halfBits, value & mask]
    for (let round = 0; round < rounds; round += 1) [left, right] = [right, left ^ roundValue(round, right)]
    return (left << halfBits) | right
  }
  const backward = (value: number): number => {
    let [left, right] = [value >>> halfBits, value & mask]
    for (let round = rounds - 1; round >= 0; round -= 1) [left, right] = [right ^ roundValue(round, left), left]
    return (left << halfBits) | right
  }
  const walk = (step: (value: number) => number, from: number): number => {
    if (!Number.isInteger(from) || from < 0 || from >= count) throw new Error(`${from} is not in a draw of ${count}`)
    let value = step(from)
    while (value >= count) value = step(value)
    return value
  }
  return { count, positionOf: (index) => walk(forward, index), indexOf: (position) => walk(backward, position) }
}

/** Strictly more than `count`: a Feistel network over exactly `count` values gives even permutations only. */
function halfBitsOf(count: number): number {
  let halfBits = halfBitsMin
  while (4 ** halfBits <= count) halfBits += 1
  return halfBits
}

/** The first four bytes of the round's HMAC as a number, its lowest `halfBits` bits. */
function keepRoundValues(drawKey: string, halfBits: number): (round: number, half: number) => number {
  const size = 2 ** halfBits
  const key = hmacKey(drawKey)
  const kept = new Int16Array(rounds * size).fill(-1)
  return (round, half) => {
    const at = round * size + half
    const known = kept[at] as number
    if (known >= 0) return known
    const value = hmacSha256(key, encodeLines('round', [round, half])).readUInt32BE(0) % size
    kept[at] = value
    return value
  }
}
