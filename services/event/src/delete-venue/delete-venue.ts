import { inTransaction } from '@ticket-queue/database'
import { sql } from 'kysely'
import type { Deps } from '../dependencies.ts'

/** Takes a venue out of the catalogue (EVT-012); refused while it has halls, so that no event loses its place. */
export async function deleteVenue(
  { db }: Pick<Deps, 'db'>,
  venueId: string,
): Promise<'deleted' | 'VENUE_NOT_FOUND' | 'VENUE_IN_USE'> {
  return inTransaction(db, async (trx) => {
    const venue = await trx
      .selectFrom('venues')
      .select('id')
      .where('id', '=', venueId)
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (venue === undefined) return 'VENUE_NOT_FOUND'
    const hall = await trx
      .selectFrom('halls')
      .select('id')
      .where('venue_id', '=', venueId)
      .where('deleted_at', 'is', null)
      .limit(1)
      .executeTakeFirst()
    if (hall !== undefined) return 'VENUE_IN_USE'
    await trx.updateTable('venues').set({ deleted_at: sql<Date>`now()` }).where('id', '=', venueId).execute()
    return 'deleted'
  })
}
