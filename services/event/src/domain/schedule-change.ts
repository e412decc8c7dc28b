import type { FieldError } from '@ticket-queue/contracts/errors'
import { disorderOf, type Prices, type SchedulePlan, samePrices } from './schedule-plan.ts'

/** What may be changed of a schedule: its place in the row of shows, its times, its prices (EVT-002). */
export type ScheduleChange = { [Field in keyof SchedulePlan]?: SchedulePlan[Field] | undefined } & {
  prices?: Prices | undefined
}

/** A schedule as an edit finds it; times are ISO 8601 and may be compared by instant only. */
export type ScheduleFound = SchedulePlan & { prices: Prices }

const timeFields = ['eventStartAt', 'eventEndAt', 'saleStartAt', 'saleEndAt'] as const

/** Gives the part of `change` that would make a difference. */
export function realScheduleChange(found: ScheduleFound, change: ScheduleChange): ScheduleChange {
  const real: ScheduleChange = {}
  const { playSequence, prices } = change
  if (playSequence !== undefined && playSequence !== found.playSequence) real.playSequence = playSequence
  for (const field of timeFields) {
    const wanted = change[field]
    if (wanted !== undefined && Date.parse(wanted) !== Date.parse(found[field])) real[field] = wanted
  }
  if (prices !== undefined && !samePrices(prices, found.prices)) real.prices = prices
  return real
}

/** Gives the schedule's plan with the change in it. */
export const changedPlan = (found: ScheduleFound, change: ScheduleChange): SchedulePlan => ({
  playSequence: change.playSequence ?? found.playSequence,
  eventStartAt: change.eventStartAt ?? found.eventStartAt,
  eventEndAt: change.eventEndAt ?? found.eventEndAt,
  saleStartAt: change.saleStartAt ?? found.saleStartAt,
  saleEndAt: change.saleEndAt ?? found.saleEndAt,
})

/** Gives what is wrong with the order of the times once changed. */
export const scheduleChangeProblems = (found: ScheduleFound, change: ScheduleChange): FieldError[] =>
  disorderOf(changedPlan(found, change)).map(({ field, message }) => ({ path: field, code: 'CUSTOM', message }))

/**
 * Gives the fields of a real change that are fixed once the schedule's sale has started (EVT-002): people have bought, or hold,
 * at this price for this evening. The show may move if that is announced, the sale may end later, or as early as a show
 * that moves forward makes it.
 */
export function fixedScheduleFields(
  found: ScheduleFound,
  change: ScheduleChange,
  options: { announced: boolean },
): FieldError[] {
  const at = (time: string) => Date.parse(time)
  const plan = changedPlan(found, change)
  const fixed: FieldError[] = []
  const refuse = (path: string, message: string, code = 'FIXED') => fixed.push({ path, code, message })
  if (change.playSequence !== undefined) refuse('playSequence', 'Tickets name this sequence number')
  if (change.saleStartAt !== undefined) refuse('saleStartAt', 'The sale has started')
  if (change.prices !== undefined) refuse('prices', 'Seats have been offered at these prices')
  for (const field of ['eventStartAt', 'eventEndAt'] as const) {
    if (change[field] === undefined || options.announced) continue
    refuse(field, 'A show on sale moves only with an announcement', 'ANNOUNCEMENT_REQUIRED')
  }
  const earlier = at(plan.saleEndAt) < at(found.saleEndAt)
  const forced = at(plan.eventStartAt) < at(found.saleEndAt)
  if (earlier && !forced) refuse('saleEndAt', 'A sale that has started may end later, not earlier')
  return fixed
}
