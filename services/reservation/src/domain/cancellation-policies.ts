import { koreanHolidays2026To2028 } from './korean-holidays.ts'

/** What a ticket costs its owner who gives it back when the show is at least so many days ahead. */
export interface FeeStep {
  readonly daysBeforeMin: number
  readonly percent: number
  /** The fee of a ticket is at most this, in won. */
  readonly wonMax?: number
  /** Nothing on the day of booking and for so many days after it. */
  readonly freeDays?: number
}

/** Terms of giving tickets back. Days are those of Seoul: UTC+9 all year, which has had no summer time since 1988. */
export interface CancellationPolicy {
  readonly utcOffsetHours: number
  /** Dearer from step to step; the first whose `daysBeforeMin` is reached applies. */
  readonly steps: readonly FeeStep[]
  /** Up to this hour of the day before the show. */
  readonly deadlineHour: number
  /** The same where the day before is a Saturday, a Sunday or a public holiday. */
  readonly deadlineHourOnRestDays: number
  readonly holidays: ReadonlySet<string>
}

/**
 * Every set of terms tickets have been sold under (RSV-006; decision 0016), by the name kept with each reservation. Terms that
 * have been sold are never edited: new ones get a new name, and `currentPolicy` names them.
 */
export const cancellationPolicies: Readonly<Record<string, CancellationPolicy>> = {
  'concert-1': {
    utcOffsetHours: 9,
    steps: [
      { daysBeforeMin: 10, percent: 10, wonMax: 4_000, freeDays: 7 },
      { daysBeforeMin: 7, percent: 10 },
      { daysBeforeMin: 3, percent: 20 },
      { daysBeforeMin: 1, percent: 30 },
    ],
    deadlineHour: 17,
    deadlineHourOnRestDays: 11,
    holidays: new Set(koreanHolidays2026To2028),
  },
}

/** What tickets are sold under now. */
export const currentPolicy = 'concert-1'
