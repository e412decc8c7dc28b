import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packBits } from './pack-bits.ts'

test('a bit set has exactly the bits of the ordinals given, whatever they are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 999 })), (ordinals) => {
      const bytes = Buffer.from(packBits(ordinals, 1_000), 'base64')
      const found = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => ((bytes[n >> 3] ?? 0) >> (n & 7)) & 1)
      expect(bytes.length).toBe(125)
      expect(found).toEqual(ordinals.toSorted((a, b) => a - b))
    }),
  )
})
