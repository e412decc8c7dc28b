const counterHexDigits = 16
/** RFC 9562 §4.1: the two highest bits of this part say that it is a UUID of this kind; the next one is kept 0 as a reserve. */
const highestBits = 0b111n << 61n
const variant = 0b100n << 61n

/**
 * Gives `count` UUID v7 in rising order from one, each the one before plus 1 (RFC 9562 §6.2, method 2): a seat map holds
 * 15,000 of them, and random ones alone would be 160 KB on the wire that nothing can compress (P12). Seats are public, so
 * that their IDs can be guessed gives nothing away.
 */
export function seatIdsFrom(seed: string, count: number): string[] {
  const digits = seed.replaceAll('-', '')
  const head = digits.slice(0, -counterHexDigits)
  const first = (BigInt(`0x${digits.slice(-counterHexDigits)}`) & ~highestBits) | variant
  return Array.from({ length: count }, (_, index) => withDashes(head + (first + BigInt(index)).toString(16)))
}

const withDashes = (digits: string): string =>
  `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`
