import type { Transaction } from 'kysely'
import type { Database } from './database.ts'

/** Gives the events at a venue or in a hall, with their schedules: their answers show its name. */
export async function findShownIds(
  trx: Transaction<Database>,
  place: { venueId: string } | { hallId: string },
): Promise<{ eventIds: string[]; scheduleIds: string[] }> {
  const [column, id] =
    'venueId' in place ? (['venue_id', place.venueId] as const) : (['hall_id', place.hallId] as const)
  const rows = await trx
    .selectFrom('events')
    .leftJoin('event_schedules', 'event_schedules.event_id', 'events.id')
    .select(['events.id as eventId', 'event_schedules.id as scheduleId'])
    .where(`events.${column}`, '=', id)
    .execute()
  return {
    eventIds: [...new Set(rows.map((row) => row.eventId))],
    scheduleIds: rows.flatMap((row) => row.scheduleId ?? []),
  }
}
