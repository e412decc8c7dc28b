/** A set of seats as bits: bit n, least significant first, is the seat with ordinal n (api.md, seat states). */
export type SeatBits = Uint8Array

/** The set of the ordinals given, for a hall of `size` seats; ordinals outside the hall are left out. */
export function bitsOf(ordinals: Iterable<number>, size: number): SeatBits {
  const bits = new Uint8Array(Math.ceil(size / 8))
  for (const ordinal of ordinals) {
    const index = ordinal >> 3
    const byte = bits[index]
    if (byte !== undefined && ordinal < size) bits[index] = byte | (1 << (ordinal & 7))
  }
  return bits
}

/** The ordinals of a set, ascending. */
export function ordinalsIn(bits: SeatBits): number[] {
  const ordinals: number[] = []
  bits.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1) if ((byte >> bit) & 1) ordinals.push(index * 8 + bit)
  })
  return ordinals
}

/** What is in `bits` and not in `others`. */
export const without = (bits: SeatBits, others: SeatBits): SeatBits =>
  bits.map((byte, index) => byte & ~(others[index] ?? 0))
