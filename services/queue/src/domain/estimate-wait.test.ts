import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateWait } from './estimate-wait.ts'

const ahead = fc.nat({ max: 1_000_000 })
const perSecond = fc.double({ min: 0.01, max: 10_000, noNaN: true })

test('the last of 50,000 at ten a second waits 83 minutes', () => {
  expect(estimateWait(49_999, 10)).toEqual({ p50: 5_000, p90: 5_029 })
})

test('a queue that does not move has no estimate', () => {
  expect(estimateWait(0, 0)).toBeNull()
})

test('nine of ten wait at least as long as five of ten, and nobody behind waits less', () => {
  fc.assert(
    fc.property(ahead, perSecond, (people, rate) => {
      const [here, behind] = [estimateWait(people, rate), estimateWait(people + 1, rate)]
      expect(here?.p90).toBeGreaterThanOrEqual(here?.p50 ?? Number.NaN)
      expect(behind?.p50).toBeGreaterThanOrEqual(here?.p50 ?? Number.NaN)
    }),
  )
})
