import { expect, test } from 'vitest'
import { createArrivals } from './arrivals.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

test('arrivals are evenly spaced over the whole run', () => {
  const arrivals = createArrivals({ ratePerSecond: 400, seconds: 2.5, lateMaxMs: 100 })
  expect(arrivals.total).toBe(1_000)
  expect([0, 1, 400, 999].map(arrivals.intendedMs)).toEqual([0, 2.5, 1_000, 2_497.5])
})

test('what is due is taken once and in order, however irregularly the clock is asked', () => {
  const arrivals = createArrivals({ ratePerSecond: 1_000, seconds: 1, lateMaxMs: 10_000 })
  const moments = [0, 0.4, 1, 7.9, 8, 8, 250, 251.5, 5_000, 5_000]
  expect(moments.flatMap((elapsedMs) => arrivals.take(elapsedMs).start)).toEqual(range(0, 1_000))
})

test('nothing starts before it is due', () => {
  const arrivals = createArrivals({ ratePerSecond: 100, seconds: 1, lateMaxMs: 100 })
  expect(arrivals.take(29.9)).toEqual({ start: [0, 1, 2], late: [] })
})

test('after a stall of the generator the arrivals that are too late are named as dropped, not started late', () => {
  const arrivals = createArrivals({ ratePerSecond: 100, seconds: 2, lateMaxMs: 100 })
  arrivals.take(0)
  const { start, late } = arrivals.take(1_000)
  expect(late).toEqual(range(1, 90))
  expect(start).toEqual(range(90, 101))
})

test('a rate that is no whole number of arrivals keeps its mean', () => {
  const arrivals = createArrivals({ ratePerSecond: 333.3, seconds: 30, lateMaxMs: 1_000_000 })
  expect(arrivals.take(30_000).start.length).toBe(9_999)
  expect(arrivals.intendedMs(9_998)).toBeCloseTo(29_997, 0)
})
