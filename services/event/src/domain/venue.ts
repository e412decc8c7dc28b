import { z } from 'zod'
import { textField } from './input-fields.ts'

/** What an administrator says of a venue (EVT-010). */
export const venueInputSchema = z.strictObject({
  name: textField(200),
  address: textField(300),
  city: textField(50),
})
export type VenueInput = z.infer<typeof venueInputSchema>

export const venueSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  address: z.string(),
  city: z.string(),
  version: z.int(),
})
export type Venue = z.infer<typeof venueSchema>
