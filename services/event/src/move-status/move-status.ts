import { inTransaction } from '@ticket-queue/database'
import { sql, type Transaction } from 'kysely'
import { eventTarget, everyListTarget, scheduleTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import { announceSchedules, type Cause } from '../store/announce-schedules.ts'
import type { Database } from '../store/database.ts'
import { scheduleStatusNow } from '../store/schedule-facts.ts'

type Moved = { scheduleId: string; eventId: string }
const batchSchedules = 200

/**
 * Moves the schedules whose time has come (UPCOMING → ONGOING → ENDED) and ends the events that are over (EVT-007), by the
 * database's clock, and tells the others. Any number may run at once: each row is moved, and announced, once.
 * Gives the schedules moved, at most 200.
 */
export async function moveStatus({ db, cache, relay }: Deps, cause: Cause): Promise<Moved[]> {
  const { schedules, endedEventIds } = await inTransaction(db, async (trx) => {
    const schedules = await moveSchedules(trx)
    await announceSchedules(
      trx,
      schedules.map((schedule) => schedule.scheduleId),
      cause,
    )
    return { schedules, endedEventIds: await endEvents(trx) }
  })
  if (schedules.length > 0) relay.wake()
  if (schedules.length > 0 || endedEventIds.length > 0) {
    const moved = schedules.flatMap(({ eventId, scheduleId }) => [eventTarget(eventId), scheduleTarget(scheduleId)])
    await cache.invalidate(everyListTarget, ...moved, ...endedEventIds.map(eventTarget))
  }
  return schedules
}

async function moveSchedules(trx: Transaction<Database>): Promise<Moved[]> {
  const status = scheduleStatusNow('s')
  const { rows } = await sql<Moved>`
    update event_schedules s
    set status = ${status}, version = s.version + 1
    where s.status in ('UPCOMING', 'ONGOING') and s.status <> ${status} and s.id in (
      select due.id from event_schedules due
      where due.status in ('UPCOMING', 'ONGOING') and due.status <> ${scheduleStatusNow('due')}
      order by due.id
      limit ${batchSchedules}
      for update skip locked
    )
    returning s.id as "scheduleId", s.event_id as "eventId"`.execute(trx)
  return rows
}

/**
 * Also those that were published when their last show was over already. One that is being edited is left for the next time: an
 * edit locks the event before its schedules, and two orders would be a deadlock.
 */
async function endEvents(trx: Transaction<Database>): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update events
    set status = 'ENDED', version = version + 1
    where status = 'OPEN' and id in (
      select e.id from events e
      where e.status = 'OPEN'
        and exists (select from event_schedules s where s.event_id = e.id and s.status = 'ENDED')
        and not exists (
          select from event_schedules s where s.event_id = e.id and s.status not in ('ENDED', 'CANCELLED')
        )
      for update skip locked
    )
    returning id`.execute(trx)
  return rows.map((row) => row.id)
}
