import { z } from 'zod'
import { expandSeats } from './expand-seats.ts'
import { textField } from './input-fields.ts'
import { overlappingSeats } from './overlapping-seats.ts'
import { countSeats, hallSeatsMax, type SeatTemplate, seatTemplateSchema } from './seat-template.ts'
import { seatTemplateInputSchema } from './seat-template-input.ts'

/** What an administrator says of a hall (EVT-013). */
export const hallInputSchema = z.strictObject({
  name: textField(100),
  capacity: z.int().min(1).max(hallSeatsMax),
  /** Seats of a hall lie apart: one that covers another could not be chosen on a map. */
  seatTemplate: seatTemplateInputSchema.superRefine((template, context) => {
    const [pair] = countSeats(template) > hallSeatsMax ? [] : overlappingSeats(expandSeats(template), 1)
    if (pair !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['sections'],
        message: `Seats ${pair.join(' and ')} lie over one another`,
      })
    }
  }),
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
