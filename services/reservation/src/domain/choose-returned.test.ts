import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseReturned, type ReturnedSeat } from './choose-returned.ts'

const seat = (id: string, sold_as: string, grade: ReturnedSeat['grade'] = 'S'): ReturnedSeat => ({
  id,
  seat_id: id,
  grade,
  sold_as,
})
const returned = [seat('a', 'one'), seat('b', 'two'), seat('c', 'two'), seat('d', 'three', 'VIP')]
const ids = (seats: ReturnedSeat[] | null) => seats?.map(({ id }) => id) ?? null

test('a group gets the seats of one ticket, of the smallest that has enough; a single the single seat', () => {
  expect(ids(chooseReturned(returned, { grade: 'S', seats_wanted: 2 }))).toEqual(['b', 'c'])
  expect(ids(chooseReturned(returned, { grade: 'S', seats_wanted: 1 }))).toEqual(['a'])
  expect(ids(chooseReturned(returned.slice(1), { grade: null, seats_wanted: 1 }))).toEqual(['d'])
})

test('where no ticket has enough, those that have waited longest', () => {
  expect(ids(chooseReturned(returned, { grade: 'S', seats_wanted: 3 }))).toEqual(['a', 'b', 'c'])
})

test('as many as are wished, of the wished grade, each once; or nothing, exactly if there are too few', () => {
  const grades = fc.constantFrom<ReturnedSeat['grade']>('VIP', 'S', 'A', 'B')
  const seats = fc.array(fc.tuple(fc.constantFrom('one', 'two', 'three'), grades), { maxLength: 12 })
  const wishes = fc.record({ grade: fc.option(grades), seats_wanted: fc.integer({ min: 1, max: 4 }) })
  fc.assert(
    fc.property(seats, wishes, (drawn, wish) => {
      const all = drawn.map(([ticket, grade], index) => seat(String(index), ticket, grade))
      const fitting = all.filter(({ grade }) => wish.grade === null || grade === wish.grade)
      const chosen = chooseReturned(all, wish)
      expect(chosen === null).toBe(fitting.length < wish.seats_wanted)
      if (chosen !== null) expect(new Set(ids(chosen)).size).toBe(wish.seats_wanted)
      for (const one of chosen ?? []) expect(fitting).toContain(one)
    }),
  )
})
