import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import { type ScheduleStatus, scheduleStatusNow, seatsSold, seatsTotal } from './schedule-facts.ts'

/** What led to a change: the request's or the event's correlation ID, the event that caused it, who asked. */
export type Cause = { correlationId: string; causationId?: string | null; userId?: string | null }

type Row = {
  scheduleId: string
  eventId: string
  status: ScheduleStatus
  saleStartAt: Date
  saleEndAt: Date
  seatsLeft: number
  eventStartAt: Date
  eventEndAt: Date
  scheduleVersion: number
}

/** Writes a ScheduleUpdated for each schedule, as it stands in this transaction, into the outbox. */
export async function announceSchedules(
  trx: Transaction<Database>,
  scheduleIds: readonly string[],
  cause: Cause,
): Promise<void> {
  if (scheduleIds.length === 0) return
  const id = sql.ref('s.id')
  const { rows } = await sql<Row>`
    select s.id as "scheduleId", s.event_id as "eventId", ${scheduleStatusNow('s')} as status,
      s.sale_start_at as "saleStartAt", s.sale_end_at as "saleEndAt", ${seatsTotal(id)} - ${seatsSold(id)} as "seatsLeft",
      s.event_start_at as "eventStartAt", s.event_end_at as "eventEndAt",
      s.version as "scheduleVersion"
    from event_schedules s
    where s.id = any(${scheduleIds}::uuid[])
    order by s.id`.execute(trx)
  const updates = rows.map((row) =>
    newEvent('ScheduleUpdated', {
      ...cause,
      aggregateId: row.scheduleId,
      payload: {
        ...row,
        saleStartAt: row.saleStartAt.toISOString(),
        saleEndAt: row.saleEndAt.toISOString(),
        eventStartAt: row.eventStartAt.toISOString(),
        eventEndAt: row.eventEndAt.toISOString(),
      },
    }),
  )
  await addToOutbox(trx, updates)
}
