import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextPlace, type Place } from './next-place.ts'

const begins = new Date('2026-11-27T15:00:00Z')
const dayEnds = new Date('2026-11-28T15:00:00Z')
const size = 1_000

/** Reads a day whose payments were made at these times (ms after its beginning); gives how often each was read. */
const readAll = (timesMs: readonly number[]): number[] => {
  const read = timesMs.map(() => 0)
  let place: Place | null = { from: begins, until: dayEnds, page: 0 }
  while (place) {
    const { from, until, page }: Place = place
    const within = timesMs.flatMap((ms, index) => {
      const at = begins.getTime() + ms
      return at >= from.getTime() && at <= until.getTime() ? [index] : []
    })
    for (const index of within.slice(page * size, (page + 1) * size)) read[index] = (read[index] ?? 0) + 1
    place = nextPlace(place, { totalCount: within.length, size, dayEnds })
  }
  return read
}

test('every payment of a day is read, whatever their number and their times', () => {
  const times = fc.array(fc.integer({ min: 0, max: 86_399_999 }), { maxLength: 3_500 })
  fc.assert(
    fc.property(times, (timesMs) => readAll(timesMs.toSorted((a, b) => a - b)).every((count) => count > 0)),
    { numRuns: 30 },
  )
})

test('also when an hour has more than PortOne shows of one span', () => {
  const rush = Array.from({ length: 130_000 }, (_, index) => 7_200_000 + index * 20)
  expect(readAll(rush).every((count) => count > 0)).toBe(true)
})

test('a day without payments is one page', () => {
  expect(nextPlace({ from: begins, until: dayEnds, page: 0 }, { totalCount: 0, size, dayEnds })).toBeNull()
})
