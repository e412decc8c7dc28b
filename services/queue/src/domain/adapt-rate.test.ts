import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adaptRate, batchOf, type LoadSignals, type RateLimits } from './adapt-rate.ts'

const limits: RateLimits = {
  floorPerSecond: 2,
  ceilingPerSecond: 42,
  insideTarget: 500,
  heldMax: 800,
  paymentP95MaxMs: 5_000,
  paymentErrorShareMax: 0.05,
  increasePerSecond: null,
  decreaseFactor: 0.7,
}
const healthy = { confirmations: 100, confirmP95Ms: 900, errorShare: 0, inFlight: 3 }
const calm: LoadSignals = { inside: 100, heldSeats: 50, noShowShare: null, payment: healthy }

describe('one decision', () => {
  test.each([
    ['room', {}, 22, 'ROOM'],
    ['the target reached', { inside: 480 }, 20, 'STEADY'],
    ['too many inside', { inside: 551 }, 14, 'INSIDE_FULL'],
    ['too many inside, but a third never came', { inside: 551, noShowShare: 1 / 3 }, 22, 'ROOM'],
    ['no-shows double the target at most', { inside: 1_101, noShowShare: 0.99 }, 14, 'INSIDE_FULL'],
    ['too many seats in hold', { heldSeats: 801 }, 14, 'SEATS_HELD'],
    ['slow payments', { payment: { ...healthy, confirmP95Ms: 5_001 } }, 14, 'PAYMENT_SLOW'],
    ['failing payments', { payment: { ...healthy, errorShare: 0.06 } }, 14, 'PAYMENT_ERRORS'],
    ['one failed payment of nine', { payment: { ...healthy, confirmations: 9, errorShare: 1 / 9 } }, 22, 'ROOM'],
    ['no payments', { payment: { confirmations: 0, confirmP95Ms: null, errorShare: null, inFlight: 0 } }, 22, 'ROOM'],
    ['payment away', { payment: 'away' }, 14, 'PAYMENT_AWAY'],
    ['payment not asked', { payment: 'unmeasured' }, 22, 'ROOM'],
  ] as const)('from 20 a second with %s', (_, changes, perSecond, cause) => {
    const decision = adaptRate(limits, 20, { ...calm, ...changes })
    expect(decision.cause).toBe(cause)
    expect(decision.perSecond).toBeCloseTo(perSecond)
  })
})

const anyLimits = fc
  .record({
    one: fc.double({ min: 0.02, max: 10_000, noNaN: true }),
    other: fc.double({ min: 0.02, max: 10_000, noNaN: true }),
    insideTarget: fc.integer({ min: 1, max: 100_000 }),
    heldMax: fc.option(fc.integer({ min: 1, max: 100_000 })),
    increasePerSecond: fc.option(fc.double({ min: 0.001, max: 10_000, noNaN: true })),
    decreaseFactor: fc.double({ min: 0.1, max: 0.95, noNaN: true }),
  })
  .map(({ one, other, ...rest }) => ({
    ...limits,
    ...rest,
    floorPerSecond: Math.min(one, other),
    ceilingPerSecond: Math.max(one, other),
  }))
const anySignals: fc.Arbitrary<LoadSignals> = fc.record({
  inside: fc.nat(200_000),
  heldSeats: fc.nat(200_000),
  noShowShare: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  payment: fc.oneof(
    fc.constantFrom('away' as const, 'unmeasured' as const),
    fc.record({
      confirmations: fc.nat(1_000),
      confirmP95Ms: fc.option(fc.double({ min: 0, max: 100_000, noNaN: true })),
      errorShare: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      inFlight: fc.nat(100),
    }),
  ),
})
const overloaded: LoadSignals = { ...calm, payment: 'away' }
const empty: LoadSignals = { inside: 0, heldSeats: 0, noShowShare: null, payment: 'unmeasured' }

describe('whatever happens', () => {
  test('the rate is never outside floor and ceiling, from any rate through any history', () => {
    fc.assert(
      fc.property(
        anyLimits,
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.array(anySignals, { minLength: 1, maxLength: 50 }),
        (any, start, history) => {
          let perSecond = start
          for (const signals of history) {
            perSecond = adaptRate(any, perSecond, signals).perSecond
            expect(perSecond).toBeGreaterThanOrEqual(any.floorPerSecond)
            expect(perSecond).toBeLessThanOrEqual(any.ceilingPerSecond)
          }
        },
      ),
    )
  })

  test('overload always takes the rate down until it is at the floor', () => {
    fc.assert(
      fc.property(anyLimits, fc.double({ min: 0, max: 1e6, noNaN: true }), (any, start) => {
        const before = Math.min(Math.max(start, any.floorPerSecond), any.ceilingPerSecond)
        const { perSecond } = adaptRate(any, start, overloaded)
        if (before > any.floorPerSecond) expect(perSecond).toBeLessThan(before)
        else expect(perSecond).toBe(any.floorPerSecond)
      }),
    )
  })

  test('without a step of one’s own it recovers from floor to ceiling in 21 decisions once the load is gone', () => {
    fc.assert(
      fc.property(anyLimits, fc.array(anySignals, { maxLength: 20 }), (any, history) => {
        const own = { ...any, increasePerSecond: null }
        let perSecond = history.reduce((rate, signals) => adaptRate(own, rate, signals).perSecond, own.floorPerSecond)
        for (let decision = 0; decision < 21; decision += 1) perSecond = adaptRate(own, perSecond, empty).perSecond
        expect(perSecond).toBeCloseTo(own.ceilingPerSecond, 6)
      }),
    )
  })

  test('with people who stay four minutes it settles near the target and stays there', () => {
    let perSecond = 42
    const arrivals: number[] = []
    const insideAt: number[] = []
    for (let decision = 0; decision < 1_000; decision += 1) {
      const inside = arrivals.slice(-48).reduce((sum, people) => sum + people, 0)
      insideAt.push(inside)
      perSecond = adaptRate(limits, perSecond, { ...calm, inside }).perSecond
      arrivals.push(perSecond * 5)
    }
    const settled = insideAt.slice(200)
    const mean = settled.reduce((sum, inside) => sum + inside, 0) / settled.length
    expect(mean).toBeGreaterThan(0.6 * limits.insideTarget)
    expect(mean).toBeLessThan(1.3 * limits.insideTarget)
  })
})

test('as batch and interval a rate is never above the ceiling, below the floor only where nothing lies between, and near', () => {
  fc.assert(
    fc.property(anyLimits, fc.double({ min: 0, max: 1, noNaN: true }), (any, share) => {
      const perSecond = any.floorPerSecond + share * (any.ceilingPerSecond - any.floorPerSecond)
      const { batchSize, intervalMs } = batchOf(perSecond, any)
      expect(batchSize).toBeGreaterThanOrEqual(1)
      expect(batchSize).toBeLessThanOrEqual(1_000)
      expect(intervalMs).toBeGreaterThanOrEqual(100)
      expect(intervalMs).toBeLessThanOrEqual(60_000)
      const actual = (batchSize * 1_000) / intervalMs
      expect(actual).toBeLessThanOrEqual(any.ceilingPerSecond * (1 + 1e-9))
      expect(Math.abs(actual - perSecond) / perSecond).toBeLessThan(0.011)
    }),
  )
})
