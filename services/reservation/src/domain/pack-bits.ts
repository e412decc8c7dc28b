/** A bit set of `size` bits as base64: bit n (least significant first) is set for each ordinal n given (api.md, seat states). */
export function packBits(ordinals: readonly number[], size: number): string {
  const bytes = Buffer.alloc(Math.ceil(size / 8))
  for (const ordinal of ordinals) {
    const index = ordinal >> 3
    bytes.writeUInt8(bytes.readUInt8(index) | (1 << (ordinal & 7)), index)
  }
  return bytes.toString('base64')
}
