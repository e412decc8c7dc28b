import { defaultQueueConfig, type QueueConfig } from '@ticket-queue/lua/queue'
import { createMetrics } from '@ticket-queue/service-kit'
import { expect, test } from 'vitest'
import { createToldWaits } from './told-waits.ts'
import { createWaitFigures } from './wait-figures.ts'

const epochUs = 1_000
/** Nobody has been admitted yet, and the place 2000 is next. */
const beginning = { config: defaultQueueConfig, epochUs, frontUs: 0, firstUs: 2_000, heldMs: 0, closed: null }
const changed = (changes: Partial<QueueConfig>) => ({ ...beginning, config: { ...defaultQueueConfig, ...changes } })

/** Waits followed on a clock that stands until the test moves it. */
function scene() {
  const figures = createWaitFigures(createMetrics('told-waits-test'))
  let nowMs = 0
  const toldWaits = createToldWaits(figures, () => nowMs)
  toldWaits.observe('schedule', beginning)
  return {
    toldWaits,
    pass: (seconds: number) => {
      nowMs += seconds * 1_000
    },
    note: (scoreUs: number, told: readonly [number, number] | null = [60, 75], ofEpochUs = epochUs) =>
      toldWaits.note('schedule', { epochUs: ofEpochUs, scoreUs }, told),
    observe: (changes: Partial<Parameters<typeof toldWaits.observe>[1]> = {}) =>
      toldWaits.observe('schedule', { ...beginning, ...changes }),
    settled: async () => (await figures.settled.get()).values.map(({ labels, value }) => [labels.verdict, value]),
    ratios: async () =>
      (await figures.error.get()).values.find(({ metricName }) => metricName?.endsWith('_sum'))?.value,
    givenUp: async () =>
      Object.fromEntries((await figures.givenUp.get()).values.map(({ labels, value }) => [labels.reason, value])),
  }
}

test('a wait ends when admission has come to the place, and is set against what was told', async () => {
  const { note, pass, observe, settled, ratios, givenUp } = scene()
  note(5_000)
  pass(30)
  observe({ frontUs: 4_999, firstUs: 5_000 })
  expect(await settled()).toEqual([])
  pass(36)
  observe({ frontUs: 5_000, firstUs: 5_001 })
  expect(await settled()).toEqual([['up_to_p90', 1]])
  expect(await ratios()).toBeCloseTo(1.1)
  observe({ frontUs: 6_000, firstUs: 6_001 })
  expect([await settled(), await givenUp()]).toEqual([[['up_to_p90', 1]], {}])
})

test('a place that its owner has left counts all the same when admission has come past it', async () => {
  const { note, pass, observe, settled } = scene()
  note(5_000)
  pass(90)
  observe({ frontUs: 7_000, firstUs: 0 })
  expect(await settled()).toEqual([['over_p90', 1]])
})

test('where everybody up to the place has left, the wait is given up', async () => {
  const { note, observe, settled, givenUp } = scene()
  note(5_000)
  observe({ frontUs: 3_000, firstUs: 5_001 })
  expect([await settled(), await givenUp()]).toEqual([[], { left: 1 }])
})

test.each([
  ['paused', changed({ paused: true })],
  ['paused', { heldMs: 1 }],
  ['closed', { closed: 'SOLD_OUT' as const }],
  ['reconfigured', changed({ batchSize: 5 })],
  ['reconfigured', changed({ maxInside: 5 })],
  ['lost', { epochUs: epochUs + 1 }],
])('waits that are %s meanwhile are counted apart, and not as wrong', async (reason, seen) => {
  const { note, pass, observe, settled, givenUp } = scene()
  note(5_000)
  pass(30)
  observe({ ...seen, firstUs: 5_000 })
  pass(300)
  observe({ ...seen, heldMs: 0, frontUs: 9_000, firstUs: 0 })
  expect([await settled(), await givenUp()]).toEqual([[], { [reason]: 1 }])
})

test('a wait that had ended before the pause was noticed counts', async () => {
  const { note, pass, observe, settled, givenUp } = scene()
  note(5_000)
  pass(50)
  observe({ ...changed({ paused: true }), frontUs: 5_000, firstUs: 6_000 })
  expect([await settled(), await givenUp()]).toEqual([[['up_to_p50', 1]], {}])
})

test('a rate that adapts is the service’s own doing: its waits are judged', async () => {
  const { note, pass, observe, settled } = scene()
  const adaptive = { floorPerSecond: 1, ceilingPerSecond: 20, insideTarget: 10 } as QueueConfig['adaptive']
  observe(changed({ adaptive }))
  note(5_000)
  pass(100)
  observe({ ...changed({ adaptive, batchSize: 3 }), frontUs: 5_000, firstUs: 0 })
  expect(await settled()).toEqual([['over_p90', 1]])
})

test('what cannot be followed is not: no estimate, a place of another epoch or one passed already, a queue not seen', async () => {
  const { toldWaits, note, observe, settled, givenUp } = scene()
  note(5_000, null)
  note(5_000, [60, 75], epochUs - 1)
  observe({ frontUs: 4_000, firstUs: 5_000 })
  note(3_000)
  toldWaits.note('another schedule', { epochUs, scoreUs: 5_000 }, [60, 75])
  observe({ frontUs: 9_000, firstUs: 0 })
  expect([await settled(), await givenUp()]).toEqual([[], {}])
})

test('however many are told, few are followed, spread over time', async () => {
  const { note, pass, observe, settled } = scene()
  for (let second = 0; second < 600; second += 1) {
    for (let person = 0; person < 50; person += 1) note(5_000 + second)
    pass(1)
  }
  observe({ frontUs: 9_000, firstUs: 0 })
  const [[, count] = []] = await settled()
  expect(count).toBeLessThanOrEqual(100)
  expect(count).toBeGreaterThan(90)
})

test('schedules heard of longest ago are forgotten, and their waits counted as such', async () => {
  const { toldWaits, note, givenUp } = scene()
  note(5_000)
  for (let other = 0; other < 100; other += 1) toldWaits.observe(`schedule ${other}`, beginning)
  expect(await givenUp()).toEqual({ forgotten: 1 })
})
