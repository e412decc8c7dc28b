import { z } from 'zod'

const time = z.iso.datetime({ offset: true })
export const gradeSchema = z.enum(['VIP', 'S', 'A', 'B'])

/** A time of day in Asia/Seoul, HH:MM. */
export const localTimeSchema = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'Expected HH:MM')

/** When cancelled seats can be had again: at once, all together at a stated time, or by the waiting list first. */
export const releasePolicySchema = z.enum(['AT_ONCE', 'BATCHED', 'WAITING_LIST'])

/** What the organiser rules about an event's sale; absent members are what an event has that says nothing. */
export const saleRulesSchema = z.object({
  /** Seats of one person over every reservation of the event; null: no limit beyond one reservation's. */
  perPersonMax: z.int().min(1).nullable().default(null),
  /** Whether a choice that leaves a single free seat between taken ones is refused. */
  avoidOrphans: z.boolean().default(false),
  release: z
    .object({
      policy: releasePolicySchema,
      /** The time of day of a BATCHED release in Asia/Seoul, else null. */
      at: localTimeSchema.nullable(),
    })
    .default({ policy: 'AT_ONCE', at: null }),
})

/** `GET /internal/schedules/{id}`: what queue and reservation need to know of a schedule. */
export const internalScheduleSchema = z.object({
  scheduleId: z.uuid(),
  eventId: z.uuid(),
  eventTitle: z.string(),
  artist: z.string(),
  venueName: z.string(),
  hallName: z.string(),
  eventStartAt: time,
  eventEndAt: time,
  saleStartAt: time,
  saleEndAt: time,
  status: z.enum(['UPCOMING', 'ONGOING', 'ENDED', 'CANCELLED']),
  eventStatus: z.enum(['PREPARING', 'OPEN', 'ENDED', 'CANCELLED']),
  seatsTotal: z.int().nonnegative(),
  seatsSold: z.int().nonnegative(),
  /** Judged by the event service's database clock at the time of the answer. */
  saleOpen: z.boolean(),
  /** Rises with every change of the seats or their prices; absent in answers of earlier releases. */
  layoutVersion: z.int().positive().default(1),
  rules: saleRulesSchema.prefault({}),
})

/**
 * `GET /internal/schedules/{id}/seats`: the inventory in ordinal order; seats and prices stay as long as the schedule's `layoutVersion`. Where a seat is and
 * what is said of it may be absent: then the seats of a row are side by side, and all alike.
 */
export const internalSeatsSchema = z.object({
  scheduleId: z.uuid(),
  seats: z.array(
    z.object({
      id: z.uuid(),
      ordinal: z.int().nonnegative(),
      seatNumber: z.string(),
      section: z.string(),
      row: z.string(),
      grade: gradeSchema,
      price: z.int().nonnegative(),
      /** Where the seat is; 1 is the distance between two seats side by side, except in rows that fill an arc. */
      x: z.number().default(0),
      y: z.number().default(0),
      accessible: z.boolean().default(false),
      /** The ordinal of the accessible seat beside, if this is the seat of who comes along. */
      companionOf: z.int().nonnegative().nullable().default(null),
      restrictedView: z.boolean().default(false),
    }),
  ),
})

const uuidPattern = z.regexes.uuid()
const gradesKnown = new Set<unknown>(gradeSchema.options)
const isUuid = (value: unknown): value is string => typeof value === 'string' && uuidPattern.test(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isNumber = (value: unknown): value is number => Number.isFinite(value)
const isGrade = (value: unknown): value is z.infer<typeof gradeSchema> => gradesKnown.has(value)

/** A list of plain values, looked at in one pass: a schema for each value of 15,000 seats takes ten times as long. */
const column = <Value>(isValue: (value: unknown) => value is Value, items: object) =>
  z.custom<Value[]>((list) => Array.isArray(list) && list.every(isValue)).meta({ type: 'array', items })

const counts = column(isCount, { type: 'integer', minimum: 0 })
const numbers = column(isNumber, { type: 'number' })
const texts = column(isText, { type: 'string' })

/**
 * The same with `?format=columns`: one list per field, each with one value for each seat, in ordinal order. What is said of
 * few seats is said by their ordinals. An event service of an earlier release gives `internalSeatsSchema` all the same.
 */
export const internalSeatColumnsSchema = z
  .object({
    scheduleId: z.uuid(),
    columns: z.object({
      id: column(isUuid, { type: 'string', format: 'uuid' }),
      ordinal: counts,
      seatNumber: texts,
      section: texts,
      row: texts,
      grade: column(isGrade, { type: 'string', enum: gradeSchema.options }),
      price: counts,
      x: numbers,
      y: numbers,
    }),
    accessible: counts,
    /** The ordinal of a companion's seat and that of the accessible seat beside. */
    companions: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])),
    restrictedView: counts,
  })
  .refine(
    ({ columns }) => Object.values(columns).every((list) => list.length === columns.id.length),
    'Each column has one value for each seat.',
  )

/** Either answer, whichever release of the event service gives it. */
export const internalInventorySchema = z.union([internalSeatColumnsSchema, internalSeatsSchema])

/** `GET /internal/seats/status/{scheduleId}`. */
export const internalSeatStatusSchema = z.object({ scheduleId: z.uuid(), soldSeatIds: z.array(z.uuid()) })

/** The same with `?format=bitmap`: bit n of `sold` (base64) is the seat with ordinal n, least significant bit first. */
export const internalSeatBitmapSchema = z.object({
  scheduleId: z.uuid(),
  layoutVersion: z.int().positive(),
  seatsTotal: z.int().nonnegative(),
  sold: z.base64(),
})

export type SaleRules = z.infer<typeof saleRulesSchema>
export type InternalSchedule = z.infer<typeof internalScheduleSchema>
export type InternalSeats = z.infer<typeof internalSeatsSchema>
export type InternalSeatColumns = z.infer<typeof internalSeatColumnsSchema>
export type InternalInventory = z.infer<typeof internalInventorySchema>
export type InternalSeatStatus = z.infer<typeof internalSeatStatusSchema>
export type InternalSeatBitmap = z.infer<typeof internalSeatBitmapSchema>
