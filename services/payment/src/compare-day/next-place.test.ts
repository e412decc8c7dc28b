import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextPlace, type Place, pageOf } from './next-place.ts'

const day = { begins: new Date('2026-11-27T15:00:00Z'), ends: new Date('2026-11-28T15:00:00Z') }
const size = 1_000
const first: Place = { by: 'CREATED_AT', from: day.begins, until: day.ends, pagesLeft: null }

/** Reads both lists of a day whose payments were made at these times (ms after its beginning); gives how often each was read. */
const readAll = (timesMs: readonly number[]): number[] => {
  const read = timesMs.map(() => 0)
  let place: Place | null = first
  while (place) {
    const current: Place = place
    const within = timesMs.flatMap((ms, index) => {
      const at = day.begins.getTime() + ms
      return at >= current.from.getTime() && at <= current.until.getTime() ? [index] : []
    })
    const page = pageOf(current)
    if (current.by === 'CREATED_AT') {
      for (const index of within.slice(page * size, (page + 1) * size)) read[index] = (read[index] ?? 0) + 1
    }
    place = nextPlace(current, { totalCount: within.length, size, day })
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

test('also when payments leave the list while it is read, because something happens to them', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 12 }), (leave) => {
      let listed = Array.from({ length: 4_500 }, (_, index) => index)
      const [seen, gone] = [new Set<number>(), new Set<number>()]
      let place: Place | null = { ...first, by: 'STATUS_CHANGED_AT' }
      for (let reads = 0; place; reads += 1) {
        const page = pageOf(place)
        for (const one of listed.slice(page * size, (page + 1) * size)) seen.add(one)
        place = nextPlace(place, { totalCount: listed.length, size, day })
        const leaving = listed[(leave[reads] ?? 0) % listed.length] ?? 0
        gone.add(leaving)
        listed = listed.filter((one) => one !== leaving)
      }
      expect(listed.every((one) => seen.has(one))).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('a day without payments is one page of what was made and one of what has changed', () => {
  const changed = nextPlace(first, { totalCount: 0, size, day })
  expect(changed).toEqual({ ...first, by: 'STATUS_CHANGED_AT' })
  expect(changed && nextPlace(changed, { totalCount: 0, size, day })).toBeNull()
})
