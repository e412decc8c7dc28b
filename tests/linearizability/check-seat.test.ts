import { describe, expect, test } from 'vitest'
import { checkSeat } from './check-seat.ts'
import type { Operation } from './operation.ts'

/** `A hold 1-3`: what A did, from its call to its answer; `A hold 1-`: its outcome is unknown. */
const history = (...lines: string[]): Operation[] =>
  lines.map((line) => {
    const [buyer = '', kind, times = ''] = line.split(' ')
    const [from, to] = times.split('-')
    return {
      buyer,
      kind: kind as Operation['kind'],
      invokedAtMs: Number(from),
      returnedAtMs: to === '' ? Number.POSITIVE_INFINITY : Number(to),
    }
  })
const isLinearizable = (...lines: string[]) => checkSeat(history(...lines)).isLinearizable

describe('histories of a correct seat', () => {
  test.each([
    ['nothing at all', []],
    ['one after the other', ['A hold 1-2', 'A release 3-4', 'B hold 5-6']],
    ['at once: one has it, the others are refused', ['A hold 1-9', 'B refused 1-9', 'C refused 1-9']],
    ['the refusal is answered before the hold that it met', ['A hold 1-9', 'B refused 2-3']],
    ['a release and a hold that cross', ['A hold 1-2', 'A release 3-9', 'B hold 4-5', 'C refused 6-7']],
    ['the end of a hold lets others in', ['A hold 1-2', 'A expire 10-30', 'B refused 3-4', 'B hold 20-21']],
    ['a hold again is the same hold', ['A hold 1-2', 'A hold 3-4', 'B refused 5-6']],
    [
      'the end of a hold that was given back ends nobody else’s',
      ['A hold 1-2', 'A release 3-4', 'B hold 5-6', 'A expire 10-30', 'C refused 40-41'],
    ],
    ['kept for good, whatever its time', ['A hold 1-2', 'A confirm 3-4', 'A expire 10-30', 'B refused 40-41']],
    ['unknown, and it has happened', ['A hold 1-', 'B refused 5-6']],
    ['unknown, and it has not', ['A hold 1-', 'B hold 5-6', 'C refused 7-8']],
    [
      'unknown, happened late, and ended',
      ['A hold 1-', 'B hold 2-3', 'B release 4-5', 'C refused 6-7', 'A expire 20-', 'C hold 30-31'],
    ],
    ['an unknown release that let somebody in', ['A hold 1-2', 'A release 3-', 'B hold 5-6']],
    [
      'who lost it and gives it back is not refused',
      ['A hold 1-2', 'A expire 5-9', 'B hold 10-11', 'A release 12-13', 'C refused 14-15'],
    ],
  ])('%s', (_name, lines) => {
    expect(isLinearizable(...lines)).toBe(true)
  })
})

describe('histories no correct seat can have', () => {
  test.each([
    ['two have it', ['A hold 1-2', 'B hold 3-4']],
    ['two have it at once', ['A hold 1-9', 'B hold 1-9']],
    ['refused although nobody had it', ['A hold 1-2', 'A release 3-4', 'B refused 5-6']],
    ['refused before the only hold was called', ['A refused 1-2', 'B hold 3-4']],
    ['given to a second one before the first one’s time was over', ['A hold 1-2', 'A expire 10-30', 'B hold 5-6']],
    ['kept from others after its time', ['A hold 1-2', 'A expire 10-30', 'B refused 40-41']],
    [
      'the release of A has freed the seat of B',
      ['A hold 1-2', 'A expire 5-6', 'B hold 7-8', 'A release 9-10', 'C hold 11-12'],
    ],
    [
      'the late end of A has freed the seat of B',
      ['A hold 1-2', 'A release 3-4', 'B hold 5-6', 'A expire 10-11', 'C hold 12-13'],
    ],
    ['sold twice', ['A hold 1-2', 'A confirm 3-4', 'B hold 5-6']],
    ['sold after it was lost', ['A hold 1-2', 'A expire 5-6', 'B hold 7-8', 'A confirm 9-10']],
    ['given back after it was kept for good', ['A hold 1-2', 'A confirm 3-4', 'A release 5-6']],
    ['refused by the holder’s own hold', ['A hold 1-2', 'A refused 3-4']],
    ['an unknown hold cannot be refused to others before it was called', ['B refused 1-2', 'A hold 3-']],
    ['an unknown hold cannot let a second one in', ['A hold 1-', 'B refused 2-3', 'C hold 4-5']],
  ])('%s', (_name, lines) => {
    expect(isLinearizable(...lines)).toBe(false)
  })
})

test('what is wrong is named: how far a correct seat comes, and where it is stuck', () => {
  const verdict = checkSeat(history('A hold 1-2', 'B refused 3-4', 'B hold 5-6', 'C refused 7-8'))
  expect(verdict).toMatchObject({
    isLinearizable: false,
    order: [
      { buyer: 'A', kind: 'hold' },
      { buyer: 'B', kind: 'refused' },
    ],
    state: { buyer: 'A', isKept: false },
    stuckAt: [{ buyer: 'B', kind: 'hold' }],
  })
})

test('a history of hundreds who all come at once, many with unknown outcome, is decided', () => {
  const crowd = Array.from({ length: 300 }, (_, n) => `R${n} refused ${10 + (n % 50)}-${200 + (n % 50)}`)
  const lost = Array.from({ length: 12 }, (_, n) => `L${n} hold ${20 + n}-`)
  const ends = Array.from({ length: 12 }, (_, n) => `L${n} expire ${120 + n}-`)
  expect(isLinearizable('A hold 1-100', 'A expire 90-130', ...crowd, ...lost, ...ends, 'B hold 300-301')).toBe(true)
  expect(isLinearizable('A hold 1-9', 'A confirm 10-11', ...crowd, ...lost, ...ends, 'B hold 300-301')).toBe(false)
})
