import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cancellationPolicies, currentPolicy } from './cancellation-policies.ts'
import { koreanHolidays2026To2028 } from './korean-holidays.ts'
import { quoteCancellation, type SoldTickets } from './quote-cancellation.ts'

const seoul = (text: string) => new Date(`${text}+09:00`)
const sold = (fields: Partial<SoldTickets> = {}): SoldTickets => ({
  policy: 'concert-1',
  bookedAt: seoul('2027-01-04T20:00:00'),
  showStartsAt: seoul('2027-03-12T19:00:00'),
  isMoved: false,
  prices: [198_000, 132_000],
  ...fields,
})
const feeAt = (now: string, fields: Partial<SoldTickets> = {}) => {
  const quote = quoteCancellation(sold(fields), seoul(now))
  return 'refused' in quote ? quote.refused : quote.fee
}
const tenth = 33_000

describe('the ladder of a Friday’s show, booked two months before', () => {
  test.each([
    ['the day of booking', '2027-01-04T23:59:59.999', 0],
    ['the seventh day after it, to its end', '2027-01-11T23:59:59.999', 0],
    ['the eighth day', '2027-01-12T00:00:00', 8_000],
    ['D-10, to its end', '2027-03-02T23:59:59.999', 8_000],
    ['D-9', '2027-03-03T00:00:00', tenth],
    ['D-7, to its end', '2027-03-05T23:59:59.999', tenth],
    ['D-6', '2027-03-06T00:00:00', 2 * tenth],
    ['D-3, to its end', '2027-03-09T23:59:59.999', 2 * tenth],
    ['D-2', '2027-03-10T00:00:00', 3 * tenth],
    ['D-1, just before 17:00', '2027-03-11T16:59:59.999', 3 * tenth],
    ['D-1, 17:00 exactly', '2027-03-11T17:00:00', 'CANCEL_CLOSED'],
    ['D-1, to its end', '2027-03-11T23:59:59.999', 'CANCEL_CLOSED'],
    ['the day of the show', '2027-03-12T00:00:00', 'SAME_DAY_CANCEL'],
    ['after it', '2027-03-13T00:00:00', 'CANCEL_CLOSED'],
  ])('%s', (_when, now, fee) => {
    expect(feeAt(now)).toBe(fee)
  })
})

describe('the seven free days', () => {
  const bookedAt = seoul('2027-03-01T10:00:00')

  test('hold up to D-10 and not nearer to the show', () => {
    expect(feeAt('2027-03-02T23:59:59.999', { bookedAt })).toBe(0)
    expect(feeAt('2027-03-03T00:00:00', { bookedAt })).toBe(tenth)
  })

  test('begin with the day in Seoul, not in UTC', () => {
    const justBefore = { bookedAt: new Date('2027-01-04T14:59:59.999Z') }
    const justAfter = { bookedAt: new Date('2027-01-04T15:00:00.000Z') }
    expect(feeAt('2027-01-12T00:00:00', justBefore)).toBe(8_000)
    expect(feeAt('2027-01-12T00:00:00', justAfter)).toBe(0)
  })
})

test('each ticket pays 4,000 won but at most a tenth of its price, rounded down', () => {
  const now = '2027-02-01T00:00:00'
  expect(feeAt(now, { prices: [20_000] })).toBe(2_000)
  expect(feeAt(now, { prices: [39_999] })).toBe(3_999)
  expect(feeAt(now, { prices: [40_000, 40_001, 15] })).toBe(8_001)
  expect(feeAt(now, { prices: [0] })).toBe(0)
})

test.each([
  ['within the ladder', '2027-03-02T12:00:00', 0],
  ['to the last moment of the new date', '2027-03-11T16:59:59.999', 0],
  ['after it', '2027-03-11T17:00:00', 'CANCEL_CLOSED'],
  ['on the new day', '2027-03-12T00:00:00', 'SAME_DAY_CANCEL'],
])('a show that was moved is given back at no cost until the deadline of its new date: %s', (_when, now, fee) => {
  expect(feeAt(now, { isMoved: true })).toBe(fee)
})

describe('the deadline is 17:00 of the day before, 11:00 if that is no working day', () => {
  test.each([
    ['a Friday’s show', '2027-03-12T19:00:00', '2027-03-11T17:00:00'],
    ['a Saturday’s', '2027-03-13T18:00:00', '2027-03-12T17:00:00'],
    ['a Sunday’s', '2027-03-14T18:00:00', '2027-03-13T11:00:00'],
    ['a Monday’s', '2027-03-15T19:00:00', '2027-03-14T11:00:00'],
    ['a Tuesday’s', '2027-03-16T19:00:00', '2027-03-15T17:00:00'],
    ['one after a public holiday', '2027-05-06T19:00:00', '2027-05-05T11:00:00'],
    ['one on a public holiday', '2027-05-05T19:00:00', '2027-05-04T17:00:00'],
    ['one after a substitute holiday', '2027-10-12T19:00:00', '2027-10-11T11:00:00'],
    ['one after the election of the National Assembly', '2028-04-13T19:00:00', '2028-04-12T11:00:00'],
    ['one after Labour Day', '2028-05-02T19:00:00', '2028-05-01T11:00:00'],
    ['one after the substitute of Labour Day', '2027-05-04T19:00:00', '2027-05-03T11:00:00'],
    ['one after Seollal', '2027-02-10T19:00:00', '2027-02-09T11:00:00'],
    ['one just after midnight belongs to the new day', '2027-03-12T00:00:00', '2027-03-11T17:00:00'],
    ['one just before midnight to the old', '2027-03-11T23:59:00', '2027-03-10T17:00:00'],
  ])('%s', (_which, show, deadline) => {
    const showStartsAt = seoul(show)
    const at = (ms: number) => quoteCancellation(sold({ showStartsAt }), new Date(seoul(deadline).getTime() + ms))
    expect(at(0).allowedUntil).toEqual(seoul(deadline))
    expect('refused' in at(-1)).toBe(false)
    expect('refused' in at(0)).toBe(true)
  })
})

test('terms nobody has sold under are an error, not a free ride', () => {
  expect(() => quoteCancellation(sold({ policy: 'none' }), new Date())).toThrow('unknown terms')
})

test('the terms are data that make sense: dearer step by step down to the day before, holidays in order and real', () => {
  expect(cancellationPolicies[currentPolicy]).toBeDefined()
  for (const { steps } of Object.values(cancellationPolicies)) {
    expect(steps.map((step) => step.daysBeforeMin)).toEqual(
      steps.map((step) => step.daysBeforeMin).toSorted((a, b) => b - a),
    )
    expect(steps.map((step) => step.percent)).toEqual(steps.map((step) => step.percent).toSorted((a, b) => a - b))
    expect(steps.at(-1)?.daysBeforeMin).toBe(1)
  }
  expect(koreanHolidays2026To2028).toEqual([...new Set(koreanHolidays2026To2028)].toSorted())
  for (const date of koreanHolidays2026To2028) expect(new Date(date).toISOString().slice(0, 10)).toBe(date)
})

/** Days, and the moments around which something changes, as often as any other moment. */
const momentOf = (from: string, to: string) => {
  const [min, max] = [seoul(from).getTime(), seoul(to).getTime()]
  const day = fc.integer({ min: 0, max: Math.floor((max - min) / 86_400_000) })
  const edge = fc.tuple(day, fc.constantFrom(0, 11, 17), fc.constantFrom(-1, 0, 1))
  return fc.oneof(
    fc.integer({ min, max }).map((ms) => new Date(ms)),
    edge.map(([days, hour, ms]) => new Date(min + days * 86_400_000 + hour * 3_600_000 + ms)),
  )
}
const tickets = fc.record({
  policy: fc.constantFrom(...Object.keys(cancellationPolicies)),
  bookedAt: momentOf('2026-11-01T00:00:00', '2028-12-01T00:00:00'),
  showStartsAt: momentOf('2026-11-02T00:00:00', '2028-12-31T00:00:00'),
  isMoved: fc.boolean(),
  prices: fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 4 }),
})
const now = momentOf('2026-11-01T00:00:00', '2029-01-10T00:00:00')
/** A moment before the show, so that most quotes are about money. */
const ahead = fc.tuple(fc.integer({ min: 0, max: 40 * 86_400_000 }), now).map(([ms, any]) => ({ ms, any }))
const momentFor = (one: SoldTickets, { ms, any }: { ms: number; any: Date }) =>
  ms % 4 === 0 ? any : new Date(one.showStartsAt.getTime() - ms)
const runs = { numRuns: 5_000 }

describe('for whatever booking, show and moment', () => {
  test('fee and refund are whole won, together what was paid, neither below nothing', () => {
    fc.assert(
      fc.property(tickets, ahead, (one, when) => {
        const quote = quoteCancellation(one, momentFor(one, when))
        if ('refused' in quote) return
        const total = one.prices.reduce((sum, price) => sum + price, 0)
        expect(quote.fee + quote.refund).toBe(total)
        expect(quote.fee).toBeGreaterThanOrEqual(0)
        expect(quote.fee).toBeLessThanOrEqual(Math.floor(total * 0.3))
        expect(Number.isInteger(quote.fee)).toBe(true)
      }),
      runs,
    )
  })

  test('the fee never falls as time passes, and what is refused stays refused', () => {
    fc.assert(
      fc.property(tickets, ahead, fc.integer({ min: 0, max: 30 * 86_400_000 }), (one, when, laterMs) => {
        const moment = momentFor(one, when)
        const [earlier, later] = [moment, new Date(moment.getTime() + laterMs)].map((at) => quoteCancellation(one, at))
        if (!earlier || !later || 'refused' in later) return
        expect('refused' in earlier).toBe(false)
        if (!('refused' in earlier)) expect(later.fee).toBeGreaterThanOrEqual(earlier.fee)
      }),
      runs,
    )
  })

  test('nothing is taken back on the day of the show, and everything before the last day is', () => {
    const date = (at: Date) => new Date(at.getTime() + 9 * 3_600_000).toISOString().slice(0, 10)
    fc.assert(
      fc.property(tickets, ahead, (one, when) => {
        const moment = momentFor(one, when)
        const quote = quoteCancellation(one, moment)
        const isSameDay = date(moment) === date(one.showStartsAt)
        expect('refused' in quote && quote.refused === 'SAME_DAY_CANCEL').toBe(isSameDay)
        const untilMidnightMs = seoul(`${date(one.showStartsAt)}T00:00:00`).getTime() - moment.getTime()
        if (untilMidnightMs > 86_400_000) expect('refused' in quote).toBe(false)
      }),
      runs,
    )
  })

  test('the deadline is 11:00 or 17:00 of the day before, and decides to the millisecond', () => {
    fc.assert(
      fc.property(tickets, (one) => {
        const { allowedUntil } = quoteCancellation(one, one.bookedAt)
        const local = new Date(allowedUntil.getTime() + 9 * 3_600_000)
        expect([11, 17]).toContain(local.getUTCHours())
        const weekday = local.getUTCDay()
        if (weekday === 0 || weekday === 6) expect(local.getUTCHours()).toBe(11)
        expect('refused' in quoteCancellation(one, allowedUntil)).toBe(true)
        expect('refused' in quoteCancellation(one, new Date(allowedUntil.getTime() - 1))).toBe(false)
      }),
      runs,
    )
  })

  test('more tickets never cost less, and each pays as if it were alone', () => {
    fc.assert(
      fc.property(tickets, ahead, (one, when) => {
        const moment = momentFor(one, when)
        const together = quoteCancellation(one, moment)
        const alone = one.prices.map((price) => quoteCancellation({ ...one, prices: [price] }, moment))
        if ('refused' in together) return
        expect(alone.reduce((sum, quote) => sum + ('refused' in quote ? Number.NaN : quote.fee), 0)).toBe(together.fee)
      }),
      runs,
    )
  })
})
