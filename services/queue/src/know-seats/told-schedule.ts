import type { EventCancelled, ScheduleUpdated } from '@ticket-queue/contracts/events'
import { z } from 'zod'

/** What an event has told of a schedule, kept for the next look at its seats in case the event service gives no answer then. */
const toldScheduleSchema = z.object({
  status: z.enum(['UPCOMING', 'ONGOING', 'ENDED', 'CANCELLED']),
  /** Unknown where the event says nothing of seats. */
  seatsLeft: z.int().nonnegative().nullable(),
})

export type ToldSchedule = z.infer<typeof toldScheduleSchema>

/** The text to be kept of an event; empty for one with a status that is not known here. */
export function tellingOf(event: ScheduleUpdated | EventCancelled): string {
  if (event.eventType === 'ScheduleUpdated' && event.payload.status === 'OTHER') return ''
  const told: ToldSchedule =
    event.eventType === 'EventCancelled'
      ? { status: 'CANCELLED', seatsLeft: null }
      : { status: event.payload.status as ToldSchedule['status'], seatsLeft: event.payload.seatsLeft }
  return JSON.stringify(told)
}

/** What was kept; null for nothing and for a text of another release. */
export function readTelling(text: string | null): ToldSchedule | null {
  if (text === null) return null
  try {
    return toldScheduleSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
