import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitsOf, fitted, ordinalsIn, setSeat, without } from './seat-bits.ts'

const size = 1_003
const ordinals = fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }))
const ascending = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)

test('a bit set has exactly the bits of the ordinals given, whatever they are', () => {
  fc.assert(
    fc.property(ordinals, (given) => {
      const bits = bitsOf(given, size)
      expect(bits.length).toBe(126)
      const set = Array.from({ length: size }, (_, n) => n).filter((n) => ((bits[n >> 3] ?? 0) >> (n & 7)) & 1)
      expect(set).toEqual(ascending(given))
      expect(ordinalsIn(bits)).toEqual(set)
    }),
  )
})

test('a difference has what only the first set has, also where the second is shorter', () => {
  fc.assert(
    fc.property(ordinals, ordinals, fc.constantFrom(size, 400), (some, others, otherSize) => {
      const gone = new Set(others.filter((ordinal) => ordinal < otherSize))
      const left = without(bitsOf(some, size), bitsOf(others, otherSize))
      expect(ordinalsIn(left)).toEqual(ascending(some.filter((ordinal) => !gone.has(ordinal))))
    }),
  )
})

test('ordinals outside the hall are left out', () => {
  expect([...bitsOf([3, 9, 10, 4_000], 10)]).toEqual([0b1000, 0b10])
})

test('a set fitted to a hall has the seats of that hall, is a copy, and seats go in and out one by one', () => {
  fc.assert(
    fc.property(
      ordinals,
      fc.integer({ min: 1, max: 1_200 }),
      fc.nat(size - 1),
      fc.boolean(),
      (given, total, one, isIn) => {
        const bits = bitsOf(given, size)
        const own = fitted(bits, total)
        expect(own.length).toBe(Math.ceil(total / 8))
        const inHall = new Set(given.filter((ordinal) => ordinal < total))
        expect(ordinalsIn(own)).toEqual(ascending([...inHall]))
        const seat = one % total
        setSeat(own, seat, isIn)
        inHall[isIn ? 'add' : 'delete'](seat)
        expect(ordinalsIn(own)).toEqual(ascending([...inHall]))
        expect(ordinalsIn(bits)).toEqual(ascending(given))
      },
    ),
  )
})
