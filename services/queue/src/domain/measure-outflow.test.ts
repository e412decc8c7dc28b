import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectOutflow } from './expect-outflow.ts'
import { dispersionOf, type Look, type Measurement, outflowWindowMs, takeLook } from './measure-outflow.ts'

interface Second {
  /** Allowed per second by the configuration. */
  readonly configured?: number
  /** What happens in this second. */
  readonly admitted?: number
  readonly dropped?: number
  readonly left?: number
  readonly waiting?: number
  readonly isOpen?: boolean
  readonly maxInside?: number | null
  readonly epochUs?: number
}

/** Looks four times a second at what happens second by second; `from` continues an earlier watch. */
function watch(seconds: readonly Second[], from?: Measurement): Measurement {
  let known = from
  const seen = { admitted: 0, dropped: 0, left: 0 }
  const startMs = from === undefined ? 0 : from.last.atMs
  for (const [index, second] of seconds.entries()) {
    for (let quarter = 1; quarter <= 4; quarter += 1) {
      seen.admitted += (second.admitted ?? 0) / 4
      seen.dropped += (second.dropped ?? 0) / 4
      seen.left += (second.left ?? 0) / 4
      const look: Look = {
        atMs: startMs + index * 1_000 + quarter * 250,
        epochUs: second.epochUs ?? 1,
        admittedTotal: Math.floor((from?.last.admittedTotal ?? 0) + seen.admitted),
        droppedTotal: Math.floor((from?.last.droppedTotal ?? 0) + seen.dropped),
        leftTotal: Math.floor((from?.last.leftTotal ?? 0) + seen.left),
        waiting: second.waiting ?? 1_000,
        isOpen: second.isOpen ?? true,
        configured: second.configured ?? 10,
        maxInside: second.maxInside ?? null,
      }
      known = takeLook(known, look)
    }
  }
  return known ?? expect.fail('nothing watched')
}

const seconds = (count: number, second: Second): Second[] => Array.from({ length: count }, () => second)
const outflow = (measured: Measurement | undefined, configured = 10) =>
  expectOutflow(measured, configured, measured?.last.atMs ?? 0)

test('before anything is measured the configured rate is expected', () => {
  expect(outflow(undefined)).toEqual({ perSecond: 10, leavingPerSecond: 0, dispersion: 1, measuredOn: null })
  expect(outflow(watch(seconds(5, { admitted: 2 }))).perSecond).toBe(10)
})

test('a queue held up from inside is expected to go on as slowly as it does', () => {
  const { perSecond, measuredOn } = outflow(watch(seconds(60, { admitted: 2 })))
  expect(perSecond).toBeCloseTo(2, 1)
  expect(measuredOn).toBeGreaterThan(100)
})

test('nobody is expected faster than configured, whatever a counter shows', () => {
  expect(outflow(watch(seconds(60, { admitted: 30 }))).perSecond).toBe(10)
})

test('where nobody has got in for minutes, those who wait are told of hours and not of nothing', () => {
  const { perSecond } = outflow(watch(seconds(300, { admitted: 0 })))
  expect(perSecond).toBeGreaterThan(0)
  expect(perSecond).toBeLessThan(0.01)
})

test.each<[string, Second]>([
  ['paused', { isOpen: false }],
  ['without people', { waiting: 0 }],
])('time in which the queue was %s is not averaged in', (_, idle) => {
  const busy = seconds(60, { admitted: 4 })
  const measured = watch([...busy, ...seconds(120, { ...idle, admitted: 0 }), ...busy])
  expect(outflow(measured).perSecond).toBeCloseTo(4, 0)
})

test('a line that is empty every other ten seconds is as fast as while people wait', () => {
  const comeAndGo = [...seconds(10, { admitted: 4 }), ...seconds(10, { admitted: 0, waiting: 0 })]
  const { perSecond } = outflow(watch(Array.from({ length: 10 }, () => comeAndGo).flat()))
  expect(perSecond).toBeGreaterThan(3.5)
  expect(perSecond).toBeLessThan(4.5)
})

test('after a pause the configured rate is expected until ten seconds of admission are known', () => {
  const paused = watch([...seconds(60, { admitted: 2 }), ...seconds(30, { isOpen: false })])
  const resumed = watch(seconds(5, { admitted: 2 }), paused)
  expect(outflow(resumed).perSecond).toBe(10)
  expect(outflow(watch(seconds(10, { admitted: 2 }), resumed)).perSecond).toBeLessThan(2.5)
})

test('another limit of people inside starts the measurement of admission anew', () => {
  const full = watch(seconds(120, { admitted: 1, maxInside: 50 }))
  const wider = watch(seconds(20, { admitted: 8, maxInside: 500 }), full)
  expect(outflow(wider).perSecond).toBeGreaterThan(7)
})

test('a queue that kept its rate follows another one at once', () => {
  const measured = watch(seconds(120, { admitted: 10 }))
  expect(outflow(measured, 5).perSecond).toBeCloseTo(5, 1)
  expect(outflow(measured, 20).perSecond).toBeCloseTo(20, 0)
})

test('a queue that was slower than its rate is not faster with a higher one, and as slow as a lower one', () => {
  const measured = watch(seconds(120, { admitted: 4 }))
  expect(outflow(measured, 50).perSecond).toBeCloseTo(4, 1)
  expect(outflow(measured, 2).perSecond).toBeCloseTo(2, 1)
})

test('a rate that changes every few seconds is measured all the same', () => {
  const adapting = Array.from({ length: 20 }, (_, step) => seconds(5, { configured: 10 + step, admitted: 10 + step }))
  const { perSecond, measuredOn } = outflow(watch(adapting.flat()), 29)
  expect(perSecond).toBeCloseTo(29, 0)
  expect(measuredOn).toBeNull()
})

test('an outflow that becomes another one is followed within a minute, and not averaged over five', () => {
  const measured = watch([...seconds(240, { admitted: 10 }), ...seconds(60, { admitted: 3 })])
  expect(outflow(measured).perSecond).toBeCloseTo(3, 0)
  expect(outflow(watch([...seconds(240, { admitted: 3 }), ...seconds(60, { admitted: 9 })])).perSecond).toBeCloseTo(
    9,
    0,
  )
})

test('waves that were there before are no change: they are averaged and make the band wide', () => {
  const wave = [...seconds(20, { admitted: 8 }), ...seconds(20, { admitted: 1 })]
  const waves = watch([...wave, ...wave, ...wave, ...wave, ...wave, ...wave, ...wave])
  expect(outflow(waves).perSecond).toBeGreaterThan(3.5)
  expect(outflow(waves).perSecond).toBeLessThan(5.5)
  expect(outflow(waves).dispersion).toBeGreaterThan(10)
  expect(outflow(watch(seconds(280, { admitted: 4.5 }))).dispersion).toBe(1)
})

test('places dropped at the front make the line shorter, also before admission is measured again', () => {
  const measured = watch(seconds(60, { admitted: 10, dropped: 5 }))
  expect(outflow(measured).perSecond).toBeCloseTo(15, 0)
  const resumed = watch(seconds(2, { admitted: 10 }), watch(seconds(5, { isOpen: false }), measured))
  expect(outflow(resumed).perSecond).toBeCloseTo(15, 0)
})

test('a group that has gone together is not expected of all others', () => {
  const group = { admitted: 10, dropped: 300, left: 300 }
  for (const before of [0, 5, 60]) {
    const measured = watch([...seconds(before, { admitted: 10 }), group, ...seconds(30, { admitted: 10 })])
    expect(outflow(measured).perSecond).toBeCloseTo(10, 0)
    expect(outflow(measured).leavingPerSecond).toBe(0)
  }
})

test('who leaves is set against how many wait', () => {
  const measured = watch(seconds(100, { admitted: 10, left: 2, waiting: 2_000 }))
  expect(outflow(measured).leavingPerSecond).toBeCloseTo(0.001, 4)
})

test('a new epoch and lost counters start everything anew', () => {
  const measured = watch(seconds(60, { admitted: 2, dropped: 2 }))
  expect(outflow(watch(seconds(9, { admitted: 2, epochUs: 2 }), measured))).toEqual(outflow(undefined))
  const lost = takeLook(measured, { ...measured.last, atMs: measured.last.atMs + 250, admittedTotal: 1 })
  expect(lost.stretches).toHaveLength(0)
})

test('a time in which this process did not look says nothing', () => {
  const measured = watch(seconds(60, { admitted: 5 }))
  const late = takeLook(measured, { ...measured.last, atMs: measured.last.atMs + 60_000 })
  expect(outflow(late).perSecond).toBeCloseTo(5, 0)
})

test('what is older than five minutes is forgotten, and few figures are kept however long it goes on', () => {
  const measured = watch([...seconds(300, { admitted: 2 }), ...seconds(600, { admitted: 8 })])
  expect(measured.stretches.length).toBeLessThanOrEqual(outflowWindowMs / 5_000 + 1)
  expect(outflow(measured).perSecond).toBeCloseTo(8, 0)
})

test('two replicas that look at other moments measure the same', () => {
  const one = watch(seconds(120, { admitted: 3 }))
  const other = watch(seconds(113, { admitted: 3 }), watch(seconds(7, { admitted: 3 })))
  expect(outflow(one).perSecond).toBeCloseTo(outflow(other).perSecond, 1)
})

test('whatever is seen, an outflow is a number above zero, at most as configured but for dropped places', () => {
  const second = fc.record({
    configured: fc.constantFrom(1, 10, 200),
    admitted: fc.nat({ max: 200 }),
    dropped: fc.nat({ max: 20 }),
    left: fc.nat({ max: 20 }),
    waiting: fc.nat({ max: 5_000 }),
    isOpen: fc.boolean(),
    epochUs: fc.constantFrom(1, 1, 1, 1, 2),
  })
  fc.assert(
    fc.property(fc.array(second, { minLength: 1, maxLength: 120 }), (happened) => {
      const measured = watch(happened)
      const { perSecond, leavingPerSecond, dispersion } = outflow(measured)
      expect(perSecond).toBeGreaterThan(0)
      expect(perSecond).toBeLessThan(Number.POSITIVE_INFINITY)
      expect(leavingPerSecond).toBeGreaterThanOrEqual(0)
      expect(leavingPerSecond).toBeLessThan(Number.POSITIVE_INFINITY)
      expect(dispersion).toBeGreaterThanOrEqual(1)
      expect(measured.stretches.every(({ ms }) => ms > 0 && ms < 11_000)).toBe(true)
    }),
  )
})

test('events independent of each other have a dispersion of about one', () => {
  const shares = [3, 5, 4, 6, 2, 4, 5, 3, 4, 4, 7, 1]
  const stretches = shares.map((admitted, index) => ({
    fromMs: index * 5_000,
    ms: 5_000,
    admitted,
    dropped: 0,
    left: 0,
    allowed: 50,
    waitingMs: 1,
  }))
  expect(dispersionOf(stretches, ({ admitted }) => admitted)).toBe(1)
})
