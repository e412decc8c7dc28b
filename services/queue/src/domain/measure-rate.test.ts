import { expect, test } from 'vitest'
import { addSample, expectedRate, measuredRate, type Sample, windowMs } from './measure-rate.ts'

const config = { batchSize: 10, intervalMs: 1_000 }

/** Looks every 250 ms for `seconds` while `perSecond` people are admitted. */
function watch(seconds: number, perSecond: number, wanted: (atMs: number) => boolean = () => true): readonly Sample[] {
  let samples: readonly Sample[] = []
  for (let atMs = 0; atMs <= seconds * 1_000; atMs += 250) {
    samples = addSample(samples, { atMs, admittedTotal: Math.floor((atMs / 1_000) * perSecond), wanted: wanted(atMs) })
  }
  return samples
}

test('before there is anything to measure, the configured rate is expected and none is measured', () => {
  expect(expectedRate([], config)).toBe(10)
  expect(measuredRate([], 0)).toBe(0)
})

test('a queue held up from inside is expected to go on as slowly as it does', () => {
  const samples = watch(30, 2)
  expect(expectedRate(samples, config)).toBeCloseTo(2, 0)
  expect(measuredRate(samples, 30_000)).toBeCloseTo(2, 0)
})

test('a slow time in which nobody waited says nothing about the rate', () => {
  expect(
    expectedRate(
      watch(30, 1, (atMs) => atMs > 25_000),
      config,
    ),
  ).toBe(10)
})

test('what was seen long ago is forgotten, and only some samples are kept', () => {
  expect(measuredRate(watch(30, 5), 30_000 + windowMs + 1)).toBe(0)
  expect(watch(600, 5).length).toBeLessThan(20)
})

test('a counter that Redis has lost starts the measurement anew instead of making it negative', () => {
  const samples = addSample(watch(30, 5), { atMs: 30_250, admittedTotal: 3, wanted: true })
  expect(samples).toHaveLength(1)
  expect(measuredRate(samples, 30_250)).toBe(0)
})
