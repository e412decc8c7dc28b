import { z } from 'zod'
import { textField } from './input-fields.ts'
import {
  countSeats,
  hallSeatsMax,
  type SeatTemplate,
  seatTemplateInputSchema,
  seatTemplateSchema,
} from './seat-template.ts'

/** What an administrator says of a hall (EVT-013). */
export const hallInputSchema = z.strictObject({
  name: textField(100),
  capacity: z.int().min(1).max(hallSeatsMax),
  seatTemplate: seatTemplateInputSchema,
})
export type HallInput = z.output<typeof hallInputSchema>

export const hallSchema = z.object({
  id: z.uuid(),
  venueId: z.uuid(),
  name: z.string(),
  capacity: z.int(),
  seatTemplate: seatTemplateSchema,
  version: z.int(),
})
export type Hall = z.infer<typeof hallSchema>

export type CapacityMismatch = { refused: 'CAPACITY_MISMATCH'; seats: number }

/** A hall's capacity is the number of seats of its template: gives the refusal if it is not. */
export function capacityMismatch(hall: { capacity: number; seatTemplate: SeatTemplate }): CapacityMismatch | null {
  const seats = countSeats(hall.seatTemplate)
  return seats === hall.capacity ? null : { refused: 'CAPACITY_MISMATCH', seats }
}

/** The field errors of that refusal. */
export const capacityErrors = ({ seats }: CapacityMismatch) => [
  { path: 'capacity', code: 'CAPACITY_MISMATCH', message: `The template has ${seats} seats` },
]
