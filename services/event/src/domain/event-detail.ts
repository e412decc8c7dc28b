import { internalScheduleSchema, saleRulesSchema } from '@ticket-queue/contracts/http/event'
import { idSchema } from '@ticket-queue/contracts/ids'
import { z } from 'zod'
import { eventOptionsSchema } from './event-options.ts'
import { longTextField, textField } from './input-fields.ts'
import { pricesSchema, schedulesInputSchema } from './schedule-plan.ts'

const time = z.iso.datetime({ offset: true })
export const scheduleStatusSchema = internalScheduleSchema.shape.status

/** What everybody sees, and PREPARING, which only administrators see (EVT-007). */
export const eventStatusSchema = z.enum(['PREPARING', 'UPCOMING', 'ONGOING', 'ENDED', 'CANCELLED'])
export type EventStatus = z.infer<typeof eventStatusSchema>

/** What an administrator says of a new event (EVT-001); `prices` holds for each of its schedules. */
export const eventInputSchema = z.strictObject({
  title: textField(200),
  artist: textField(200),
  description: longTextField(10_000).default(''),
  posterUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .nullish(),
  venueId: idSchema,
  hallId: idSchema,
  prices: pricesSchema,
  schedules: schedulesInputSchema,
  options: eventOptionsSchema.prefault({}),
})
export type EventInput = z.output<typeof eventInputSchema>

export const scheduleSummarySchema = z.object({
  id: z.uuid(),
  playSequence: z.int(),
  eventStartAt: time,
  eventEndAt: time,
  saleStartAt: time,
  saleEndAt: time,
  status: scheduleStatusSchema,
  soldOut: z.boolean(),
  version: z.int(),
})

/** `GET /events/{id}` (api.md); `prices` are those of the first schedule, `announcements` the latest first. */
export const eventDetailSchema = z.object({
  id: z.uuid(),
  title: z.string(),
  artist: z.string(),
  description: z.string(),
  posterUrl: z.string().nullable(),
  status: eventStatusSchema,
  venue: z.object({ id: z.uuid(), name: z.string(), address: z.string(), city: z.string() }),
  hall: z.object({ id: z.uuid(), name: z.string() }),
  schedules: z.array(scheduleSummarySchema),
  prices: pricesSchema,
  rules: saleRulesSchema,
  version: z.int(),
  announcements: z.array(z.object({ scheduleId: z.uuid().nullable(), text: z.string(), announcedAt: time })),
})
export type EventDetail = z.infer<typeof eventDetailSchema>
