import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { z } from 'zod'
import { grades } from './grades.ts'

const seatColumns = {
  id: z.array(z.uuid()),
  ordinal: z.array(z.int()),
  seatNumber: z.array(z.string()),
  section: z.array(z.string()),
  row: z.array(z.string()),
  x: z.array(z.number()),
  y: z.array(z.number()),
}
/** Ordinals of seats for wheelchairs, of companion seats each with that of its accessible seat, and of seats with a restricted view. */
const remarks = {
  accessible: z.array(z.int()),
  companions: z.array(z.tuple([z.int(), z.int()])).default([]),
  restrictedView: z.array(z.int()),
}
const statusSchema = z.enum(['AVAILABLE', 'SOLD'])

/** What of a seat map does not change while seats are sold: this is what the cache keeps. */
export const seatLayoutSchema = z.object({
  scheduleId: z.uuid(),
  layoutVersion: z.int(),
  seatsTotal: z.int(),
  grades: z.array(z.object({ grade: gradeSchema, price: z.int(), seats: z.object(seatColumns), ...remarks })),
})
export type SeatLayout = z.infer<typeof seatLayoutSchema>

/** `GET /events/schedules/{id}/seats` (EVT-006). */
export const seatMapSchema = z.object({
  scheduleId: z.uuid(),
  layoutVersion: z.int(),
  grades: z.array(
    z.object({
      grade: gradeSchema,
      price: z.int(),
      seats: z.array(
        z.object({
          id: z.uuid(),
          ordinal: z.int(),
          seatNumber: z.string(),
          section: z.string(),
          row: z.string(),
          x: z.number(),
          y: z.number(),
          status: statusSchema,
          accessible: z.boolean().optional(),
          /** The ordinal of the accessible seat beside, whose companion's seat this is. */
          companionOf: z.int().optional(),
          restrictedView: z.boolean().optional(),
        }),
      ),
    }),
  ),
})

/** The same with `?format=compact`: one list per field in place of one object per seat. */
export const compactSeatMapSchema = z.object({
  scheduleId: z.uuid(),
  layoutVersion: z.int(),
  grades: z.array(
    z.object({
      grade: gradeSchema,
      price: z.int(),
      seats: z.object({ ...seatColumns, status: z.array(statusSchema) }),
      ...remarks,
    }),
  ),
})

/** One seat of the inventory. */
export type LayoutSeat = {
  id: string
  ordinal: number
  seatNumber: string
  section: string
  row: string
  grade: SeatLayout['grades'][number]['grade']
  price: number
  x: number
  y: number
  accessible: boolean
  companionOf: number | null
  restrictedView: boolean
}

/** Groups the seats of a schedule, in ordinal order, by grade, best first. */
export function toLayout(scheduleId: string, layoutVersion: number, seats: readonly LayoutSeat[]): SeatLayout {
  const byGrade = Map.groupBy(seats, (seat) => seat.grade)
  return {
    scheduleId,
    layoutVersion,
    seatsTotal: seats.length,
    grades: grades.flatMap((grade) => {
      const members = byGrade.get(grade) ?? []
      const [first] = members
      if (first === undefined) return []
      const ordinals = (remark: 'accessible' | 'restrictedView') =>
        members.filter((seat) => seat[remark]).map((seat) => seat.ordinal)
      return [
        {
          grade,
          price: first.price,
          seats: columnsOf(members),
          accessible: ordinals('accessible'),
          companions: members.flatMap(({ ordinal, companionOf }): [number, number][] =>
            companionOf === null ? [] : [[ordinal, companionOf]],
          ),
          restrictedView: ordinals('restrictedView'),
        },
      ]
    }),
  }
}

const columnsOf = (seats: readonly LayoutSeat[]): SeatLayout['grades'][number]['seats'] => ({
  id: seats.map((seat) => seat.id),
  ordinal: seats.map((seat) => seat.ordinal),
  seatNumber: seats.map((seat) => seat.seatNumber),
  section: seats.map((seat) => seat.section),
  row: seats.map((seat) => seat.row),
  x: seats.map((seat) => seat.x),
  y: seats.map((seat) => seat.y),
})
