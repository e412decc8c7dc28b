import type { InternalSeats } from '@ticket-queue/contracts/http/event'
import { sql } from 'kysely'
import type { Deps } from '../dependencies.ts'

/** Gives the inventory of a schedule in ordinal order, or null if there is no such schedule. */
export async function readInternalSeats({ db }: Pick<Deps, 'db'>, scheduleId: string): Promise<InternalSeats | null> {
  const seats = await db
    .selectFrom('seats')
    .select(['id', 'ordinal', 'seat_number as seatNumber', 'section', 'row_label as row', 'grade', 'price'])
    .select(['x', 'y', 'accessible', 'companion_of as companionOf', 'restricted_view as restrictedView'])
    .where('event_schedule_id', '=', scheduleId)
    .orderBy('ordinal')
    .execute()
  // A schedule is never without seats: they are made in one transaction.
  return seats.length === 0 ? null : { scheduleId, seats }
}

/**
 * Gives the JSON text of the inventory as one list per field (`internalSeatColumnsSchema`), or null if there is no such schedule.
 * The database writes it: 15,000 rows would hold up this process for 40 ms, one text does so for a few.
 */
export async function readInternalColumns({ db }: Pick<Deps, 'db'>, scheduleId: string): Promise<string | null> {
  const list = (column: string) => sql`json_agg(${sql.ref(column)} order by ordinal)`
  const ordinalsOf = (mark: string) =>
    sql`coalesce(json_agg(ordinal order by ordinal) filter (where ${sql.ref(mark)}), '[]')`
  const { rows } = await sql<{ text: string }>`
    select json_build_object(
      'scheduleId', ${scheduleId}::uuid,
      'columns', json_build_object(
        'id', ${list('id')}, 'ordinal', ${list('ordinal')}, 'seatNumber', ${list('seat_number')},
        'section', ${list('section')}, 'row', ${list('row_label')}, 'grade', ${list('grade')},
        'price', ${list('price')}, 'x', ${list('x')}, 'y', ${list('y')}),
      'accessible', ${ordinalsOf('accessible')},
      'companions', coalesce(
        json_agg(json_build_array(ordinal, companion_of) order by ordinal) filter (where companion_of is not null), '[]'),
      'restrictedView', ${ordinalsOf('restricted_view')})::text as text
    from seats
    where event_schedule_id = ${scheduleId}
    having count(*) > 0`.execute(db)
  return rows[0]?.text ?? null
}
