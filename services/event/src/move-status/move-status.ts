import { wakeAfterCommit } from '@ticket-queue/messaging'
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
  const moved = await wakeAfterCommit(relay, db, async (trx) => {
    const schedules = await moveSchedules(trx)
    if (schedules.length === 0) return []
    await endEvents(trx, [...new Set(schedules.map((schedule) => schedule.eventId))])
    await announceSchedules(
      trx,
      schedules.map((schedule) => schedule.scheduleId),
      cause,
    )
    return schedules
  })
  if (moved.length > 0) {
    const targets = moved.flatMap(({ eventId, scheduleId }) => [eventTarget(eventId), scheduleTarget(scheduleId)])
    await cache.invalidate(everyListTarget, ...targets)
  }
  return moved
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

async function endEvents(trx: Transaction<Database>, eventIds: readonly string[]): Promise<void> {
  await sql`
    update events e
    set status = 'ENDED', version = e.version + 1
    where e.id = any(${eventIds}::uuid[]) and e.status = 'OPEN'
      and not exists (
        select from event_schedules s where s.event_id = e.id and s.status not in ('ENDED', 'CANCELLED')
      )`.execute(trx)
}
