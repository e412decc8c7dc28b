import { expect, test } from 'vitest'
import { addSample, measuredRate, type Sample, windowMs } from './measure-rate.ts'

/** Looks every 250 ms for `seconds` while `perSecond` people are admitted. */
function watch(seconds: number, perSecond: number, before: readonly Sample[] = []): readonly Sample[] {
  const { atMs: fromMs, admittedTotal } = before.at(-1) ?? { atMs: 0, admittedTotal: 0 }
  let samples = before
  for (let ms = before.length === 0 ? 0 : 250; ms <= seconds * 1_000; ms += 250) {
    const admitted = Math.floor((ms / 1_000) * perSecond)
    samples = addSample(samples, { atMs: fromMs + ms, admittedTotal: admittedTotal + admitted, isOpen: perSecond > 0 })
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
  const samples = addSample(watch(30, 5), { atMs: 30_250, admittedTotal: 3, isOpen: true })
  expect(samples).toHaveLength(1)
  expect(measuredRate(samples, 30_250)).toBe(0)
})

test('a pause shows at once, and a second after it the rate is that since, not one with the pause in it', () => {
  const paused = watch(1, 0, watch(30, 10))
  expect(measuredRate(paused, 31_000)).toBe(0)
  expect(measuredRate(watch(20, 0, paused), 51_000)).toBe(0)
  const resumed = watch(1.25, 10, watch(20, 0, paused))
  expect(measuredRate(resumed, 52_250)).toBeCloseTo(10, 0)
})
