import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import type { EventService } from './test-event-service.ts'

/**
 * Begins `edit` while another transaction holds one row, waits until the edit waits for it (or needs it no more, on a machine
 * so slow that something else has come first), lets `meanwhile` happen, and then gives the edit its way: gives what it answered.
 */
export async function editWhileLocked<T>(
  service: EventService,
  row: { table: 'events' | 'halls' | 'seats'; id: string },
  edit: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<T> {
  const { db } = service.database
  let answer: Promise<T> | undefined
  await db.transaction().execute(async (trx) => {
    await sql`select id from ${sql.table(row.table)} where id = ${row.id} for update`.execute(trx)
    answer = edit()
    let isAnswered = false
    const end = () => {
      isAnswered = true
    }
    answer.then(end, end)
    await waitUntil(async () => {
      if (isAnswered) return true
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::int as waiting from pg_locks where not granted and locktype in ('transactionid', 'tuple')
          and pid in (select pid from pg_stat_activity where datname = current_database())`.execute(db)
      return (rows[0]?.waiting ?? 0) > 0
    })
    await meanwhile()
  })
  if (answer === undefined) throw new Error('the edit was not begun')
  return answer
}

/** Moves the start of a sale to so many milliseconds from now, by the database's clock. */
export const moveSaleStart = (service: EventService, scheduleId: string, ms: number) =>
  sql`
    update event_schedules set sale_start_at = clock_timestamp() + make_interval(secs => ${ms / 1000})
    where id = ${scheduleId}`.execute(service.database.db)

/** Waits until the database's clock is past the start of a sale less so many milliseconds. */
export const saleStartPassed = (service: EventService, scheduleId: string, msBefore: number) =>
  waitUntil(async () => {
    const { rows } = await sql<{ passed: boolean }>`
      select sale_start_at - make_interval(secs => ${msBefore / 1000}) < clock_timestamp() as passed
      from event_schedules where id = ${scheduleId}`.execute(service.database.db)
    return rows[0]?.passed === true
  })
