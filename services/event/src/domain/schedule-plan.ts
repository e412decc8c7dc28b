import type { FieldError } from '@ticket-queue/contracts/errors'
import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { z } from 'zod'
import { type Grade, grades } from './grades.ts'

/** Limits of one event (EVT-001). */
export const eventSchedulesMax = 50
/** As many seats as one request can make well within the gateway's time-out (GW-007). */
export const requestSeatsMax = 400_000

const time = z.iso.datetime({ offset: true })

/** Prices in won by grade. */
export const pricesSchema = z.partialRecord(gradeSchema, z.int().min(1).max(100_000_000))

/** The fields of one schedule; whether its times are in order is asked by `disorderOf`. */
export const scheduleFields = z.strictObject({
  playSequence: z.int().min(1).max(1000),
  eventStartAt: time,
  eventEndAt: time,
  saleStartAt: time,
  saleEndAt: time,
})

/** One showing: it ends after it starts, and so does its sale, which ends by the start of the show (EVT-001). */
export const scheduleInputSchema = scheduleFields.superRefine(refuseDisorder)

/** The same with prices of its own, for a schedule added to an event. */
export const addedScheduleInputSchema = scheduleFields
  .extend({ prices: pricesSchema.optional() })
  .superRefine(refuseDisorder)

/** All schedules of a new event: their sequence numbers differ. */
export const schedulesInputSchema = z
  .array(scheduleInputSchema)
  .min(1)
  .max(eventSchedulesMax)
  .superRefine((schedules, context) => {
    const sequences = schedules.map((schedule) => schedule.playSequence)
    for (const [index, sequence] of sequences.entries()) {
      if (sequences.indexOf(sequence) === index) continue
      context.addIssue({ code: 'custom', path: [index, 'playSequence'], message: 'Sequence numbers must differ' })
    }
  })

export type SchedulePlan = z.infer<typeof scheduleFields>
export type Prices = z.infer<typeof pricesSchema>

/** Gives what is wrong with prices: each grade that the hall has needs one, and no other may have one. */
export function priceProblems(prices: Prices, used: ReadonlySet<Grade>): FieldError[] {
  return grades.flatMap((grade) => {
    const path = `prices.${grade}`
    const priced = prices[grade] !== undefined
    if (used.has(grade) && !priced) return [{ path, code: 'REQUIRED', message: `The hall has ${grade} seats` }]
    if (!used.has(grade) && priced) return [{ path, code: 'UNKNOWN_GRADE', message: `The hall has no ${grade} seats` }]
    return []
  })
}

/** Gives what is wrong with the order of a schedule's times. */
export function disorderOf(schedule: SchedulePlan): { field: keyof SchedulePlan; message: string }[] {
  const at = (field: Exclude<keyof SchedulePlan, 'playSequence'>) => Date.parse(schedule[field])
  const found: { field: keyof SchedulePlan; message: string }[] = []
  const refuse = (field: keyof SchedulePlan, message: string) => found.push({ field, message })
  if (at('eventEndAt') <= at('eventStartAt')) refuse('eventEndAt', 'The show must end after it starts')
  if (at('saleEndAt') <= at('saleStartAt')) refuse('saleEndAt', 'The sale must end after it starts')
  if (at('saleEndAt') > at('eventStartAt')) refuse('saleEndAt', 'The sale must end by the start of the show')
  return found
}

/** Whether two price lists say the same. */
export const samePrices = (one: Prices, other: Prices): boolean => grades.every((grade) => one[grade] === other[grade])

function refuseDisorder(schedule: SchedulePlan, context: z.RefinementCtx): void {
  for (const { field, message } of disorderOf(schedule)) context.addIssue({ code: 'custom', path: [field], message })
}
