import { inTransaction } from '@ticket-queue/database'
import { sql, type Transaction } from 'kysely'
import type { Deps } from '../dependencies.ts'
import type { Database } from '../store/database.ts'
import { scheduleStatusNow } from '../store/schedule-facts.ts'

/**
 * Takes a hall out of the catalogue (EVT-015): refused while a schedule of its events is to come or on sale. What has been shows its
 * name for ever. A hall is locked by whoever makes schedules from it, so none is made meanwhile.
 */
export async function deleteHall(
  { db }: Pick<Deps, 'db'>,
  { venueId, hallId }: { venueId: string; hallId: string },
): Promise<'deleted' | 'HALL_NOT_FOUND' | 'HALL_IN_USE'> {
  return inTransaction(db, async (trx) => {
    const hall = await trx
      .selectFrom('halls')
      .select('id')
      .where('id', '=', hallId)
      .where('venue_id', '=', venueId)
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (hall === undefined) return 'HALL_NOT_FOUND'
    if (await isInUse(trx, hallId)) return 'HALL_IN_USE'
    await trx
      .updateTable('halls')
      .set((set) => ({ deleted_at: sql<Date>`now()`, version: set('version', '+', 1) }))
      .where('id', '=', hallId)
      .execute()
    return 'deleted'
  })
}

async function isInUse(trx: Transaction<Database>, hallId: string): Promise<boolean> {
  const { rows } = await sql<{ used: boolean }>`
    select exists (
      select from events e
      join event_schedules s on s.event_id = e.id
      where e.hall_id = ${hallId} and e.deleted_at is null and e.status in ('PREPARING', 'OPEN')
        and ${scheduleStatusNow('s')} in ('UPCOMING', 'ONGOING')
    ) as used`.execute(trx)
  return rows[0]?.used === true
}
