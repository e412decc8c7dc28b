import { expect, test } from 'vitest'
import { percentilesOf } from './percentiles.ts'
import { createTally } from './tally.ts'

const facts = { name: 'x', loop: 'closed', intendedPerSecond: null, seconds: 2 } as const

test('percentiles are values that were measured, by nearest rank, whatever their order', () => {
  const oneToThousand = Array.from({ length: 1_000 }, (_, index) => 1_000 - index)
  const wanted = { p50: 500, p75: 750, p90: 900, p95: 950, p99: 990, p999: 999, max: 1_000 }
  expect(percentilesOf(oneToThousand)).toEqual(wanted)
})

test('a single value is every percentile, and no value is none', () => {
  expect(new Set(Object.values(percentilesOf([7])))).toEqual(new Set([7]))
  expect(percentilesOf([]).p99).toBeNaN()
})

test('only granted answers count as throughput and have a latency; refused, failed and dropped are told apart', () => {
  const tally = createTally(201)
  for (const latencyMs of [10, 20, 30, 40]) tally.answered(201, latencyMs, true)
  tally.answered(202, 1, true)
  tally.answered(409, 1, true)
  tally.answered(503, 1, true)
  tally.failed('ECONNRESET', true)
  tally.dropped(3, true)
  const result = tally.result(facts)
  expect(result).toMatchObject({ granted: 4, grantedPerSecond: 2, refused: 2, failed: 2, dropped: 3 })
  expect([result.latencyMs.p50, result.latencyMs.max]).toEqual([20, 40])
  expect(result.statuses).toEqual({ 201: 4, 202: 1, 409: 1, 503: 1 })
})

test('the warm-up counts only towards what was granted in all', () => {
  const tally = createTally(200)
  tally.answered(200, 500, false)
  tally.answered(503, 500, false)
  tally.failed('late', false)
  tally.dropped(9, false)
  tally.answered(200, 5, true)
  const wanted = { granted: 1, grantedInAll: 2, refused: 0, failed: 0, dropped: 0 }
  expect(tally.result(facts)).toMatchObject({ ...wanted, latencyMs: { max: 5 } })
})
