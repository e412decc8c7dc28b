import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitsOf, without } from './seat-bits.ts'
import { changesBetween, type SeatSets } from './seat-changes.ts'

const size = 203
const ordinals = fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }))
const sets = fc.tuple(ordinals, ordinals).map(([sold, held]): SeatSets => {
  const soldBits = bitsOf(sold, size)
  return { sold: soldBits, hold: without(bitsOf(held, size), soldBits) }
})
const stateOf = ({ sold, hold }: SeatSets, ordinal: number) => {
  const isIn = (bits: Uint8Array) => ((bits[ordinal >> 3] ?? 0) >> (ordinal & 7)) & 1
  return isIn(sold) ? 'sold' : isIn(hold) ? 'hold' : 'available'
}

test('the changes are exactly the seats whose state differs, by what each is now', () => {
  fc.assert(
    fc.property(sets, sets, (from, to) => {
      const expected = { available: [] as number[], sold: [] as number[], hold: [] as number[] }
      for (let ordinal = 0; ordinal < size; ordinal += 1) {
        const now = stateOf(to, ordinal)
        if (stateOf(from, ordinal) !== now) expected[now].push(ordinal)
      }
      expect(changesBetween(from, to)).toEqual(expected)
    }),
  )
})

test('from a state to itself nothing changes', () => {
  fc.assert(
    fc.property(sets, (state) => {
      expect(changesBetween(state, state)).toEqual({ available: [], sold: [], hold: [] })
    }),
  )
})
