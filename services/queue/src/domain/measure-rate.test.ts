import { expect, test } from 'vitest'
import { addSample, measuredRate, type Sample, windowMs } from './measure-rate.ts'

/** Looks every 250 ms for `seconds` while `perSecond` people are admitted. */
function watch(seconds: number, perSecond: number): readonly Sample[] {
  let samples: readonly Sample[] = []
  for (let atMs = 0; atMs <= seconds * 1_000; atMs += 250) {
    samples = addSample(samples, { atMs, admittedTotal: Math.floor((atMs / 1_000) * perSecond) })
  }
  return samples
}

test('before there is anything to measure, nothing is', () => {
  expect(measuredRate([], 0)).toBe(0)
})

test('the rate is what was admitted lately', () => {
  expect(measuredRate(watch(30, 2), 30_000)).toBeCloseTo(2, 0)
})

test('what was seen long ago is forgotten, and only some samples are kept', () => {
  expect(measuredRate(watch(30, 5), 30_000 + windowMs + 1)).toBe(0)
  expect(watch(600, 5).length).toBeLessThan(20)
})

test('a counter that Redis has lost starts the measurement anew instead of making it negative', () => {
  const samples = addSample(watch(30, 5), { atMs: 30_250, admittedTotal: 3 })
  expect(samples).toHaveLength(1)
  expect(measuredRate(samples, 30_250)).toBe(0)
})
