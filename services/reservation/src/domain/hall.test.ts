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
  companionOf: null,
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

/** A row that fills an arc, as the event service lays it: so many seats, hundredths of a seat. */
const arcRow = (spec: { seats: number; radius: number; arcDegrees: number; aisles: number[]; from: number }) => {
  const { seats, radius, arcDegrees, aisles, from } = spec
  const along = (n: number) => n + aisles.filter((after) => after <= n).length
  const places = along(seats - 1) + 1
  return Array.from({ length: seats }, (_, n) => {
    const angle = (((along(n) + 0.5) / places - 0.5) * arcDegrees * Math.PI) / 180
    const [x, y] = [radius * Math.sin(angle), radius * Math.cos(angle)].map((value) => Math.round(value * 100) / 100)
    return seat(from + n, { row: String(from), x: x ?? 0, y: y ?? 0 })
  })
}

test('rows that fill an arc are whole however far apart or close their seats are; their aisles are aisles all the same', () => {
  for (const radius of [20, 60, 134, 400]) {
    const whole = arcRow({ seats: 20, radius, arcDegrees: 39, aisles: [], from: 0 })
    expect(segments(whole).map((row) => row.length)).toEqual([20])
    const parted = arcRow({ seats: 20, radius, arcDegrees: 39, aisles: [5, 12], from: 0 })
    expect(segments(parted).map((row) => row.length)).toEqual([5, 7, 8])
  }
})

test('an aisle runs through all rows of its section, also those too short to show it', () => {
  const wide = [seat(0), seat(1), seat(2, { x: 3 }), seat(3, { x: 4 })]
  const short = [
    seat(4, { row: '2', x: 1, y: 1 }),
    seat(5, { row: '2', x: 2, y: 1 }),
    seat(6, { row: '2', x: 4, y: 1 }),
  ]
  const two = [seat(7, { row: '3', x: 1, y: 2 }), seat(8, { row: '3', x: 2, y: 2 })]
  expect(segments([...wide, ...short, ...two])).toEqual([[0, 1], [2, 3], [4, 5], [6], [7, 8]])
  const pairs = [
    seat(0),
    seat(1, { x: 2 }),
    seat(2, { x: 3 }),
    seat(3, { row: '2', x: 0 }),
    seat(4, { row: '2', x: 2 }),
  ]
  expect(segments(pairs)).toEqual([[0], [1, 2], [3], [4]])
})

test('the stage is before the middle of the front row', () => {
  const rows = [seat(0, { y: 3 }), seat(1, { section: 'B', x: 4, y: 3 }), seat(2, { section: 'C', x: 100, y: 9 })]
  expect(hallOf(rows).stage).toEqual({ x: 2, y: 3 })
  expect(hallOf(rows).segments.map(({ nearest }) => nearest)).toEqual([0, 0, 0])
  expect(hallOf([0, 1, 2, 3].map((n) => seat(n))).segments).toMatchObject([{ nearest: 1.5 }])
  expect(hallOf([]).stage).toEqual({ x: 0, y: 0 })
})
