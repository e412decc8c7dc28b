import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateWait } from './estimate-wait.ts'
import { noOutflow, type Outflow } from './expect-outflow.ts'

const ahead = fc.nat({ max: 1_000_000 })
const outflow = fc.record({
  perSecond: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
  leavingPerSecond: fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 0.1, noNaN: true })),
  dispersion: fc.double({ min: 1, max: 1_000, noNaN: true }),
  measuredOn: fc.option(fc.double({ min: 0.5, max: 1e6, noNaN: true })),
})
const tenPerSecond: Outflow = { ...noOutflow, perSecond: 10 }
const wait = (people: number, how: Outflow) => estimateWait(people, how) ?? expect.fail('no estimate')

test('the last of 50,000 at ten a second waits 83 minutes', () => {
  expect(estimateWait(49_999, tenPerSecond)).toEqual({ p50: 5_000, p90: 5_029 })
})

test('a queue that does not move has no estimate', () => {
  expect(estimateWait(0, noOutflow)).toBeNull()
})

test('nine of ten wait at least as long as five of ten, and nobody behind waits less', () => {
  fc.assert(
    fc.property(ahead, outflow, (people, how) => {
      const [here, behind] = [wait(people, how), wait(people + 1, how)]
      expect(here.p90).toBeGreaterThanOrEqual(here.p50)
      expect(behind.p50).toBeGreaterThanOrEqual(here.p50)
      expect(behind.p90).toBeGreaterThanOrEqual(here.p90)
    }),
  )
})

test('people who give up ahead never make a wait longer, and a faster front never does', () => {
  fc.assert(
    fc.property(ahead, outflow, (people, how) => {
      const plain = wait(people, { ...how, leavingPerSecond: 0 })
      expect(wait(people, how).p50).toBeLessThanOrEqual(plain.p50)
      expect(wait(people, { ...how, perSecond: how.perSecond * 2 }).p50).toBeLessThanOrEqual(wait(people, how).p50)
    }),
  )
})

test('an uneven outflow and one measured by few widen the band, and change nothing in its middle', () => {
  fc.assert(
    fc.property(ahead, outflow, (people, how) => {
      const known = wait(people, { ...how, dispersion: 1, measuredOn: null })
      expect(wait(people, how).p50).toBe(known.p50)
      expect(wait(people, how).p90).toBeGreaterThanOrEqual(known.p90)
    }),
  )
})

test('the band is as many times wider as the root of the variance says', () => {
  const width = (how: Partial<Outflow>) => {
    const { p50, p90 } = wait(9_999, { ...tenPerSecond, perSecond: 0.01, ...how })
    return p90 - p50
  }
  expect(width({ dispersion: 25 }) / width({})).toBeCloseTo(5, 2)
  expect(width({ measuredOn: 10_000 }) / width({})).toBeCloseTo(Math.SQRT2, 2)
})

test('where a tenth of those who wait leaves per 100 s, the wait is that of the line stepped second by second', () => {
  const leavingPerSecond = 0.001
  let left = 50_000
  let seconds = 0
  for (; left > 0; seconds += 1) left -= 10 + left * leavingPerSecond
  const { p50 } = wait(49_999, { ...tenPerSecond, leavingPerSecond })
  expect(Math.abs(p50 - seconds)).toBeLessThan(seconds * 0.005)
  expect(p50).toBeLessThan(2_000)
})
