import { beforeEach, describe, expect, test } from 'vitest'
import { createRecoveries, type Recoveries } from './recoveries.ts'

const usual = { restoreMs: 900_000, graceMs: 6_000 }
const lateMaxMs = 26_000
let clock: { ms: number }
let recoveries: Recoveries
beforeEach(() => {
  clock = { ms: 5_000 }
  recoveries = createRecoveries(usual, () => clock.ms)
})

/** Ticks four times a second for `ms`, which people are told by the rate `told` and admitted at `configured`. */
function run(ms: number, told: number, configured = 10): void {
  for (const endMs = clock.ms + ms; clock.ms < endMs; ) {
    clock.ms += 250
    recoveries.observe('queue', { told, configured })
  }
}
const graceMs = () => recoveries.of('queue').graceMs

describe('admission waits after a loss', () => {
  test('as usual where the queue moves as people were told, and where nothing is known of it', () => {
    expect(recoveries.of('queue')).toEqual(usual)
    run(60_000, 10)
    expect(recoveries.of('queue')).toEqual(usual)
  })

  // Advice is at most three tenths of the wait told: at that share the front comes to a person as the person asks.
  test.each([
    [0, lateMaxMs],
    [1, lateMaxMs],
    [2.9, lateMaxMs],
    [3, usual.graceMs],
    [9, usual.graceMs],
  ])('of 10 people per second where they were told by %d: %d ms', (told, expectedMs) => {
    run(1_000, told)
    expect(graceMs()).toBe(expectedMs)
  })

  test('until 26 s after the last person was told by the slow rate, however fast it has moved since', () => {
    run(10_000, 0)
    const lastToldMs = clock.ms
    run(1_000, 10)
    // Who asked just before the first tick at the new rate was still told by the old one.
    expect(graceMs()).toBe(lastToldMs + 250 + lateMaxMs - clock.ms)
    run(lateMaxMs, 10)
    expect(graceMs()).toBe(usual.graceMs)
  })

  test('by the slowest rate of the last 26 s: a less slow one since does not end it, nor begin it anew', () => {
    run(5_000, 1)
    const lastToldMs = clock.ms
    run(10_000, 5)
    expect(graceMs()).toBe(lastToldMs + 250 + lateMaxMs - clock.ms)
  })

  test('as long as the rate that is set now asks for, also where it was raised after people were told', () => {
    run(5_000, 10, 10)
    expect(graceMs()).toBe(usual.graceMs)
    run(250, 10, 40)
    expect(graceMs()).toBe(lateMaxMs)
  })
})
