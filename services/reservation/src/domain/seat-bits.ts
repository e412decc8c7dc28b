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

/** The same set for a hall of `total` seats, to be changed by its owner; seats outside the hall are left out. */
export function fitted(bits: SeatBits, total: number): SeatBits {
  const own = new Uint8Array(Math.ceil(total / 8))
  own.set(bits.subarray(0, own.length))
  const last = own.length - 1
  if (total % 8 !== 0) own[last] = (own[last] ?? 0) & ((1 << (total % 8)) - 1)
  return own
}

/** Puts a seat into a set or takes it out; an ordinal outside the hall changes nothing. */
export function setSeat(bits: SeatBits, ordinal: number, isIn: boolean): void {
  const index = ordinal >> 3
  const byte = bits[index]
  if (byte !== undefined) bits[index] = isIn ? byte | (1 << (ordinal & 7)) : byte & ~(1 << (ordinal & 7))
}
/** Whether the seat with this ordinal is in the set. */
export const hasBit = (bits: SeatBits, ordinal: number): boolean =>
  (((bits[ordinal >> 3] ?? 0) >> (ordinal & 7)) & 1) === 1
