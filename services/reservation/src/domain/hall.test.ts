import { expect, test } from 'vitest'
import { hallOf, type PlacedSeat } from './hall.ts'

const seat = (ordinal: number, place: Partial<PlacedSeat> = {}): PlacedSeat => ({
  id: `seat-${ordinal}`,
  ordinal,
  section: 'A',
  row: '1',
  grade: 'S',
  x: ordinal,
  y: 0,
  accessible: false,
  restrictedView: false,
  ...place,
})
const segments = (seats: PlacedSeat[]) => hallOf(seats).segments.map((one) => one.seats.map(({ ordinal }) => ordinal))

test('who sits beside whom: not across rows, sections, aisles and left-out seats; grades do not part', () => {
  const grades = [seat(0), seat(1, { grade: 'VIP' }), seat(2, { accessible: true })]
  expect(segments(grades)).toEqual([[0, 1, 2]])
  expect(segments([seat(0), seat(1, { row: '2', x: 0, y: 1 })])).toEqual([[0], [1]])
  expect(segments([seat(0), seat(1, { section: 'B' })])).toEqual([[0], [1]])
  expect(segments([seat(0), seat(1), seat(2, { x: 4 }), seat(3, { x: 5 })])).toEqual([
    [0, 1],
    [2, 3],
  ])
  expect(segments([seat(0), seat(2, { x: 1 })])).toEqual([[0], [2]])
  expect(segments([])).toEqual([])
})

test('neighbours in a curved or turned row are beside each other, and so are seats whose place nobody has told', () => {
  const curved = Array.from({ length: 6 }, (_, n) => seat(n, { x: 20 * Math.cos(n / 20), y: 20 * Math.sin(n / 20) }))
  expect(segments(curved)).toHaveLength(1)
  expect(segments([0, 1, 2].map((n) => seat(n, { x: 0, y: 0 })))).toEqual([[0, 1, 2]])
})

test('the stage is before the middle of the front row', () => {
  const rows = [seat(0, { y: 3 }), seat(1, { x: 4, y: 3 }), seat(2, { x: 100, y: 9 })]
  expect(hallOf(rows).stage).toEqual({ x: 2, y: 3 })
  expect(hallOf(rows).segments.map(({ nearest }) => nearest)).toEqual([0, 0, 0])
  expect(hallOf([0, 1, 2, 3].map((n) => seat(n))).segments).toMatchObject([{ nearest: 1.5 }])
  expect(hallOf([]).stage).toEqual({ x: 0, y: 0 })
})
