import type { Deps } from '../dependencies.ts'
import type { Venue, VenueInput } from '../domain/venue.ts'

/** Adds a venue (EVT-010). */
export async function createVenue({ db }: Pick<Deps, 'db'>, input: VenueInput): Promise<Venue> {
  return db
    .insertInto('venues')
    .values(input)
    .returning(['id', 'name', 'address', 'city', 'version'])
    .executeTakeFirstOrThrow()
}
