import { expect, test } from 'vitest'
import { addStays, noShowShare } from './no-show-share.ts'

const nothing = { recentStays: 0, recentNoShows: 0 }

test('the share is unknown until twenty stays have ended, then those who never came among them', () => {
  const few = addStays(nothing, { admitted: 0, noShows: 0, inside: 0 }, { admitted: 100, noShows: 6, inside: 81 })
  expect(noShowShare(few)).toBeNull()
  const more = addStays(few, { admitted: 100, noShows: 6, inside: 81 }, { admitted: 200, noShows: 24, inside: 141 })
  expect(noShowShare(more)).toBeCloseTo(24 / 59, 2)
})

test('it follows what people do now: after half an hour of everybody coming hardly any no-show is left', () => {
  let recent = { recentStays: 1_000, recentNoShows: 500 }
  let counts = { admitted: 1_000, noShows: 500, inside: 0 }
  for (let decision = 0; decision < 360; decision += 1) {
    const next = { ...counts, admitted: counts.admitted + 50 }
    recent = addStays(recent, counts, next)
    counts = next
  }
  expect(noShowShare(recent)).toBeLessThan(0.01)
})

test('counts that began anew after a loss of Redis are not taken for stays', () => {
  const recent = { recentStays: 40, recentNoShows: 10 }
  const after = addStays(recent, { admitted: 5_000, noShows: 900, inside: 300 }, { admitted: 3, noShows: 0, inside: 3 })
  expect(noShowShare(after)).toBeCloseTo(0.25)
})
