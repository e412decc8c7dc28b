import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noOutflow } from '../domain/expect-outflow.ts'
import { waitingPlace } from '../domain/place.ts'
import { isWorthTelling, type Told } from './worth-telling.ts'

const placeAt = (ahead: number, perSecond = 10) =>
  waitingPlace({ scheduleId: '', ahead, pollAfterMs: 1_000, ticket: null }, { ...noOutflow, perSecond })

const toldAt = (ahead: number, writtenAtMs = 0): Told => ({
  toldAhead: ahead,
  toldWait: placeAt(ahead).estimatedWaitTime,
  toldClosed: null,
  toldOutlook: null,
  toldSeats: null,
  toldDraw: '',
  writtenAtMs,
})

test('near the front every step is told at once', () => {
  for (let ahead = 499; ahead >= 0; ahead -= 1) expect(isWorthTelling(toldAt(ahead + 1), placeAt(ahead), 1)).toBe(true)
})

test('what has not changed is never told again', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(10_000_000), (ahead, nowMs) => {
      expect(isWorthTelling(toldAt(ahead), placeAt(ahead), nowMs)).toBe(false)
    }),
  )
})

test('no client’s place is off by more than a five-hundredth, nor by anything for more than 10 s', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(5_000), (ahead, moved) => {
      const [told, place] = [toldAt(ahead + moved), placeAt(ahead)]
      if (!isWorthTelling(told, place, 9_999)) expect(moved).toBeLessThan(Math.max(1, ahead / 500))
      expect(isWorthTelling(told, place, 10_000)).toBe(moved > 0)
    }),
  )
})

test('the last of 50,000 at ten a second hears a quarter as often as every second, and more often the nearer the front', () => {
  let [told, events] = [toldAt(49_999), 0]
  for (let second = 1; second < 5_000; second += 1) {
    const place = placeAt(49_999 - 10 * second)
    if (!isWorthTelling(told, place, second * 1_000)) continue
    told = toldAt(place.aheadOfYou ?? 0, second * 1_000)
    events += 1
  }
  expect(events).toBeLessThan(5_000 / 2)
  expect(events).toBeGreaterThan(1_000)
})

test('a step back, another outlook, a wait that ceases or begins, closing and opening are told at once, however far away', () => {
  const place = placeAt(40_000)
  const told = toldAt(40_000)
  expect(isWorthTelling(told, placeAt(40_001), 1)).toBe(true)
  expect(isWorthTelling(told, placeAt(40_000, 0), 1)).toBe(true)
  expect(isWorthTelling({ ...told, toldWait: null }, place, 1)).toBe(true)
  expect(isWorthTelling(told, { ...place, outlook: 'unlikely' }, 1)).toBe(true)
  expect(isWorthTelling(told, { ...place, status: 'CLOSED', closedReason: 'SOLD_OUT' }, 1)).toBe(true)
  expect(isWorthTelling({ ...told, toldClosed: 'SOLD_OUT' }, place, 1)).toBe(true)
})
