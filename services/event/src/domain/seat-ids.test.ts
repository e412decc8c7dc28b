import fc from 'fast-check'
import { v7 as uuidv7, validate, version } from 'uuid'
import { expect, test } from 'vitest'
import { seatIdsFrom } from './seat-ids.ts'

test('the IDs of a schedule are UUID v7 of the moment of their seed, all different, rising', () => {
  fc.assert(
    fc.property(
      fc.constant(null).map(() => uuidv7()),
      fc.integer({ min: 1, max: 3000 }),
      (seed, count) => {
        const ids = seatIdsFrom(seed, count)
        expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true)
        expect(new Set(ids.map((id) => id.slice(0, 18)))).toEqual(new Set([seed.slice(0, 18)]))
        expect(ids.toSorted()).toEqual(ids)
        expect(new Set(ids).size).toBe(count)
      },
    ),
  )
})

test('the highest seed has room for the largest hall', () => {
  const ids = seatIdsFrom('01890000-0000-7fff-bfff-ffffffffffff', 50_000)
  expect(ids.at(-1)).toBe('01890000-0000-7fff-a000-00000000c34e')
  expect(ids.every((id) => validate(id))).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
})
