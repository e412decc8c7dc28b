import { sql } from 'kysely'
import type { Deps } from '../dependencies.ts'
import type { Venue } from '../domain/venue.ts'

export type VenueQuery = { page: number; size: number; city?: string | undefined; q?: string | undefined }
export type VenuePage = { list: Venue[]; page: number; size: number; totalElements: number }

/** Gives a page of the venues by name, of one city or whose name contains `q` if asked. */
export async function listVenues({ db }: Pick<Deps, 'db'>, query: VenueQuery): Promise<VenuePage> {
  const { page, size, city, q } = query
  let matching = db.selectFrom('venues').where('deleted_at', 'is', null)
  if (city !== undefined) matching = matching.where('city', '=', city)
  if (q !== undefined) matching = matching.where(sql<boolean>`strpos(lower(name), lower(${q})) > 0`)
  const [list, { total }] = await Promise.all([
    matching
      .select(['id', 'name', 'address', 'city', 'version'])
      .orderBy('name')
      .orderBy('id')
      .limit(size)
      .offset(page * size)
      .execute(),
    matching.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  return { list, page, size, totalElements: total }
}
