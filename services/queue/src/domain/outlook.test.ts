import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeOutlook, type SeatCount } from './outlook.ts'
import { measureSeatsPerPerson } from './seats-per-person.ts'

const seats = (free: number, held = 0, choosing = 0, seatsPerPerson = 2): SeatCount => ({
  free,
  held,
  choosing,
  seatsPerPerson,
})

describe('judgeOutlook', () => {
  test.each([
    [0, seats(1_000), 'likely'],
    [399, seats(1_000), 'likely'],
    [400, seats(1_000), 'unsure'],
    [833, seats(1_000), 'unsure'],
    [834, seats(1_000), 'unlikely'],
    [834, seats(1_000, 100), 'unsure'],
    [0, seats(0), 'unlikely'],
    [0, seats(0, 500), 'unlikely'],
    [0, seats(10, 0, 5), 'unsure'],
    [0, seats(1), 'unsure'],
    [100, seats(200, 0, 0, 1.2), 'likely'],
  ] as const)('%i ahead, %j: %s', (ahead, count, outlook) => {
    expect(judgeOutlook(ahead, count)).toBe(outlook)
  })

  const order = ['unlikely', 'unsure', 'likely']
  const counts = fc.record({
    free: fc.nat(60_000),
    held: fc.nat(5_000),
    choosing: fc.nat(5_000),
    seatsPerPerson: fc.double({ min: 1, max: 4, noNaN: true }),
  })

  test('more people ahead, or inside and choosing, never make it better', () => {
    fc.assert(
      fc.property(counts, fc.nat(50_000), fc.nat(5_000), fc.nat(500), (count, ahead, more, choosing) => {
        const before = order.indexOf(judgeOutlook(ahead, count))
        const worse = { ...count, choosing: count.choosing + choosing }
        expect(order.indexOf(judgeOutlook(ahead + more, worse))).toBeLessThanOrEqual(before)
      }),
    )
  })

  test('fewer seats never make it better, and no free seat is never likely', () => {
    fc.assert(
      fc.property(counts, fc.nat(50_000), fc.nat(5_000), (count, ahead, fewer) => {
        const before = order.indexOf(judgeOutlook(ahead, count))
        const less = { ...count, free: Math.max(0, count.free - fewer) }
        expect(order.indexOf(judgeOutlook(ahead, less))).toBeLessThanOrEqual(before)
        expect(judgeOutlook(ahead, { ...count, free: 0 })).toBe('unlikely')
      }),
    )
  })
})

test('seats per person are two until buyers are known, and what they take once there are many', () => {
  expect(measureSeatsPerPerson([])).toBe(2)
  expect(measureSeatsPerPerson([4])).toBeCloseTo(24 / 11)
  expect(measureSeatsPerPerson(Array(200).fill(1))).toBeCloseTo(220 / 210)
})
