import { sql, type Transaction } from 'kysely'
import { eventTarget, everyListTarget, scheduleTarget, seatsTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import { allOrNothing } from '../store/all-or-nothing.ts'
import { announceSchedules, type Cause } from '../store/announce-schedules.ts'
import type { Database } from '../store/database.ts'
import { closedAs, hasSaleStarted, type LockedEvent, lockEvent } from '../store/lock-event.ts'

export type DeleteEventRefusal = {
  refused: 'EVENT_NOT_FOUND' | 'HAS_RESERVATIONS' | 'SALE_STARTED' | 'VERSION_CONFLICT'
  version?: number
}

/**
 * Takes an event out of the catalogue; its rows stay (EVT-003). Refused while a seat is sold, and while a sale has started and
 * the event is neither cancelled nor over: somebody may hold seats that this service does not know of.
 */
export async function deleteEvent(
  { db, cache, relay }: Deps,
  eventId: string,
  wanted: { version?: number | undefined },
  cause: Cause,
): Promise<{ scheduleIds: string[] } | DeleteEventRefusal> {
  const outcome = await allOrNothing({ db, relay }, (trx) => remove(trx, eventId, wanted.version, cause))
  if ('refused' in outcome) return outcome
  const schedules = outcome.scheduleIds.flatMap((id) => [scheduleTarget(id), seatsTarget(id)])
  await cache.invalidate(everyListTarget, eventTarget(eventId), ...schedules)
  return outcome
}

async function remove(
  trx: Transaction<Database>,
  eventId: string,
  wantedVersion: number | undefined,
  cause: Cause,
): Promise<{ scheduleIds: string[] } | DeleteEventRefusal> {
  const event = await lockEvent(trx, eventId)
  if (event === null) return { refused: 'EVENT_NOT_FOUND' }
  const { version } = event
  if (wantedVersion !== undefined && wantedVersion !== version) return { refused: 'VERSION_CONFLICT', version }
  if (await anySold(trx, event)) return { refused: 'HAS_RESERVATIONS' }
  const selling = closedAs(event) === null
  if (selling && event.schedules.some((schedule) => schedule.saleStarted)) return { refused: 'SALE_STARTED' }

  await trx
    .updateTable('events')
    .set((set) => ({ deleted_at: sql<Date>`now()`, version: set('version', '+', 1) }))
    .where('id', '=', eventId)
    .execute()
  const scheduleIds = event.schedules.map((schedule) => schedule.id)
  const stoppedIds = await stopSchedules(trx, eventId)
  if (event.status !== 'PREPARING') await announceSchedules(trx, stoppedIds, cause)
  if (selling && (await hasSaleStarted(trx, event, event.schedules))) return { refused: 'SALE_STARTED' }
  return { scheduleIds }
}

async function anySold(trx: Transaction<Database>, event: LockedEvent): Promise<boolean> {
  const { rows } = await sql<{ any: boolean }>`
    select exists (
      select from seats
      where status = 'SOLD' and event_schedule_id in (select id from event_schedules where event_id = ${event.id})
    ) as any`.execute(trx)
  return rows[0]?.any === true
}

/** Schedules of a deleted event must not go on sale by time; the waiting room hears that these are off. */
async function stopSchedules(trx: Transaction<Database>, eventId: string): Promise<string[]> {
  const rows = await trx
    .updateTable('event_schedules')
    .set((set) => ({ status: 'CANCELLED', version: set('version', '+', 1) }))
    .where('event_id', '=', eventId)
    .where('status', 'in', ['UPCOMING', 'ONGOING'])
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}
