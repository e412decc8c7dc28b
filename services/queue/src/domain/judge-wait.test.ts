import { expect, test } from 'vitest'
import { horizonOf, horizons, judgeWait, longestMs } from './judge-wait.ts'

test.each([
  [1, 'up_to_p50'],
  [60, 'up_to_p50'],
  [60.1, 'up_to_p90'],
  [75, 'up_to_p90'],
  [75.1, 'over_p90'],
] as const)('told 60 to 75 s, a wait of %d s was %s', (seconds, verdict) => {
  expect(judgeWait({ p50: 60, p90: 75 }, seconds)).toBe(verdict)
})

test('each wait has the shortest horizon that holds it, and none is without', () => {
  expect([1, 10, 11, 300, 1_800, 1_801, 1_000_000].map(horizonOf)).toEqual([
    '10s',
    '10s',
    '1min',
    '5min',
    '30min',
    'longer',
    'longer',
  ])
  const lengths = horizons.map(longestMs)
  expect(lengths).toEqual(lengths.toSorted((one, other) => one - other))
})
