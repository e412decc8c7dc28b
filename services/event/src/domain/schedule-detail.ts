import { z } from 'zod'
import { eventDetailSchema, scheduleSummarySchema } from './event-detail.ts'

/** `GET /events/schedules/{id}`. */
export const scheduleDetailSchema = scheduleSummarySchema.extend({
  eventId: z.uuid(),
  eventTitle: z.string(),
  artist: z.string(),
  venue: eventDetailSchema.shape.venue,
  hall: eventDetailSchema.shape.hall,
  saleOpen: z.boolean(),
  seatsTotal: z.int(),
  prices: eventDetailSchema.shape.prices,
})
export type ScheduleDetail = z.infer<typeof scheduleDetailSchema>
