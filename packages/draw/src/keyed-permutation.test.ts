import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawKeyOf } from './draw-key.ts'
import { entrantsMax, keyedPermutation } from './keyed-permutation.ts'
import { hex32, testTerms } from './test-draw.ts'

const range = (count: number) => Array.from({ length: count }, (_, index) => index)

test('everybody has one position, and every position one person, for any number of people up to 5,000', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.string(), (count, key) => {
      const { positionOf, indexOf } = keyedPermutation(hex32(key), count)
      const positions = range(count).map(positionOf)
      expect(new Set(positions).size).toBe(count)
      expect(positions.every((position) => position >= 0 && position < count)).toBe(true)
      expect(positions.map(indexOf)).toEqual(range(count))
    }),
    { numRuns: 60 },
  )
})

test.for([0, 1, 2, 3, 4, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025, 4095, 4096, 4097])(
  'a draw of %i, beside a power of two, is a permutation too',
  (count) => {
    const positions = range(count).map(keyedPermutation(hex32('edge'), count).positionOf)
    expect(positions.toSorted((one, other) => one - other)).toEqual(range(count))
  },
)

test('the largest draw goes to and fro', () => {
  const { positionOf, indexOf } = keyedPermutation(hex32('largest'), entrantsMax)
  for (const index of [0, 1, 9310, 2 ** 23, entrantsMax - 1]) expect(indexOf(positionOf(index))).toBe(index)
})

test('there is no draw of a fraction, of less than nobody or of too many, and no position outside of it', () => {
  for (const count of [-1, 1.5, Number.NaN, entrantsMax + 1]) {
    expect(() => keyedPermutation(hex32('key'), count)).toThrow('is not possible')
  }
  const { positionOf, indexOf } = keyedPermutation(hex32('key'), 10)
  for (const outside of [-1, 10, 0.5]) {
    expect(() => positionOf(outside)).toThrow('is not in a draw of 10')
    expect(() => indexOf(outside)).toThrow('is not in a draw of 10')
  }
})

/** Keys of 10,000 draws that differ in their seed alone: the same ones in every run, so the outcome is no matter of luck. */
const drawKeys = range(10_000).map((draw) =>
  drawKeyOf({
    seed: hex32(`chi-square seed ${draw}`),
    scheduleId: testTerms.scheduleId,
    count: 1000,
    rosterDigest: hex32('chi-square roster'),
    beaconValue: null,
  }),
)

function chiSquare(cells: readonly number[], cellCount: number): number {
  const counts = new Map<number, number>()
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  const expected = cells.length / cellCount
  return range(cellCount).reduce((sum, cell) => sum + ((counts.get(cell) ?? 0) - expected) ** 2 / expected, 0)
}

/** What chi-square of fair cells exceeds once in 10,000 times (Wilson and Hilferty). */
function chiSquareLimit(cellCount: number): number {
  const freedom = cellCount - 1
  const part = 2 / (9 * freedom)
  return freedom * (1 - part + 3.719 * Math.sqrt(part)) ** 3
}

// Millions of hashes: seconds on an idle machine, a minute on a crowded one.
describe('over 10,000 draws', { timeout: 120_000 }, () => {
  test.for([3, 5])('every order of %i people is equally likely', (count) => {
    const orders = new Map<string, number>()
    const cells = drawKeys.map((key) => {
      const order = range(count).map(keyedPermutation(key, count).positionOf).join()
      if (!orders.has(order)) orders.set(order, orders.size)
      return orders.get(order) as number
    })
    const orderCount = range(count).reduce((product, index) => product * (index + 1), 1)
    expect(orders.size).toBe(orderCount)
    expect(chiSquare(cells, orderCount)).toBeLessThan(chiSquareLimit(orderCount))
  })

  test.for([
    [100, 0],
    [255, 127],
    [256, 255],
    [257, 0],
    [1000, 999],
  ] as const)('of %i people, the one who entered as number %i has every position equally often', ([count, index]) => {
    const positions = drawKeys.map((key) => keyedPermutation(key, count).positionOf(index))
    expect(chiSquare(positions, count)).toBeLessThan(chiSquareLimit(count))
  })

  test('the first person says nothing about the second', () => {
    const count = 32
    const distances = drawKeys.map((key) => {
      const { positionOf } = keyedPermutation(key, count)
      return (positionOf(1) - positionOf(0) + count) % count
    })
    expect(distances).not.toContain(0)
    expect(
      chiSquare(
        distances.map((distance) => distance - 1),
        count - 1,
      ),
    ).toBeLessThan(chiSquareLimit(count - 1))
  })

  test('the measure finds a naive shuffle: each of five people changes places with any other, not only with those to come', () => {
    const orders = new Map<string, number>()
    const cells = drawKeys.map((key) => {
      const people = range(5)
      for (const at of people.keys()) {
        const other = Number.parseInt(key.slice(8 * at, 8 * at + 8), 16) % 5
        ;[people[at], people[other]] = [people[other] as number, people[at] as number]
      }
      const order = people.join()
      if (!orders.has(order)) orders.set(order, orders.size)
      return orders.get(order) as number
    })
    expect(chiSquare(cells, 120)).toBeGreaterThan(chiSquareLimit(120))
  })

  test('the measure finds a slight favour: a byte of the key modulo 100', () => {
    const positions = drawKeys.map((key) => Number.parseInt(key.slice(0, 2), 16) % 100)
    expect(chiSquare(positions, 100)).toBeGreaterThan(chiSquareLimit(100))
  })
})
