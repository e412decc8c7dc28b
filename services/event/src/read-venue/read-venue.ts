import type { Deps } from '../dependencies.ts'
import type { Hall } from '../domain/hall.ts'
import { seatTemplateSchema } from '../domain/seat-template.ts'
import type { Venue } from '../domain/venue.ts'

export type VenueDetail = Venue & { halls: Omit<Hall, 'venueId'>[] }

/** Gives a venue with its halls, or null. */
export async function readVenue({ db }: Pick<Deps, 'db'>, venueId: string): Promise<VenueDetail | null> {
  const venue = await db
    .selectFrom('venues')
    .select(['id', 'name', 'address', 'city', 'version'])
    .where('id', '=', venueId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (venue === undefined) return null
  const halls = await db
    .selectFrom('halls')
    .select(['id', 'name', 'capacity', 'seat_template as seatTemplate', 'version'])
    .where('venue_id', '=', venueId)
    .where('deleted_at', 'is', null)
    .orderBy('name')
    .execute()
  return {
    ...venue,
    halls: halls.map((hall) => ({ ...hall, seatTemplate: seatTemplateSchema.parse(hall.seatTemplate) })),
  }
}
