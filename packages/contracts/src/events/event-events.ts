import { z } from 'zod'
import { envelopeOf } from './envelope.ts'

/** One schedule of a cancelled event: one message per schedule, so that its key orders it with the schedule's other events. */
export const eventCancelledSchema = envelopeOf(
  'EventCancelled',
  'Schedule',
  z.object({
    eventId: z.uuid(),
    scheduleId: z.uuid(),
    reason: z.string(),
    cancelledAt: z.iso.datetime({ offset: true }),
  }),
)

/** Sale window, state, seats left, prices or the time of the show of a schedule have changed. */
export const scheduleUpdatedSchema = envelopeOf(
  'ScheduleUpdated',
  'Schedule',
  z.object({
    eventId: z.uuid(),
    scheduleId: z.uuid(),
    /** `OTHER`: one that the reader does not know, never published. */
    status: z.enum(['UPCOMING', 'ONGOING', 'ENDED', 'CANCELLED', 'OTHER']),
    saleStartAt: z.iso.datetime({ offset: true }),
    saleEndAt: z.iso.datetime({ offset: true }),
    seatsLeft: z.int().nonnegative(),
    /** When the show is; absent in messages of earlier releases. */
    eventStartAt: z.iso.datetime({ offset: true }).optional(),
    eventEndAt: z.iso.datetime({ offset: true }).optional(),
    /** Rises with every change of the schedule's times; absent in messages of earlier releases. */
    scheduleVersion: z.int().positive().optional(),
  }),
)

export type EventCancelled = z.infer<typeof eventCancelledSchema>
export type ScheduleUpdated = z.infer<typeof scheduleUpdatedSchema>
