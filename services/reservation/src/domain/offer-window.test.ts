import { expect, test } from 'vitest'
import { offersEndAt } from './offer-window.ts'

test.each([
  ['the sale, if it ends before', '2026-12-01T10:00:00Z', '2026-12-10T10:00:00Z', '2026-12-01T10:00:00.000Z'],
  ['17:00 in Seoul of the day before', '2026-12-10T10:00:00Z', '2026-12-10T10:00:00Z', '2026-12-09T08:00:00.000Z'],
  ['11:00 before a Sunday’s show', '2026-12-13T10:00:00Z', '2026-12-13T10:00:00Z', '2026-12-12T02:00:00.000Z'],
])('the last offer ends with %s', (_what, saleEndAt, eventStartAt, end) => {
  expect(offersEndAt({ saleEndAt, eventStartAt })).toBe(end)
})
