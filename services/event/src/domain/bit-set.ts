/**
 * A set of ordinals as bytes: bit n is ordinal n, least significant bit first (api.md). `size` is the number of seats, so
 * that equal halls give equal lengths.
 */
export function toBitSet(ordinals: Iterable<number>, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(size / 8))
  for (const ordinal of ordinals) {
    const index = ordinal >> 3
    bytes[index] = (bytes[index] ?? 0) | (1 << (ordinal & 7))
  }
  return bytes
}

/** Tells whether `ordinal` is in the set. */
export const hasBit = (bytes: Uint8Array, ordinal: number): boolean =>
  (((bytes[ordinal >> 3] ?? 0) >> (ordinal & 7)) & 1) === 1
