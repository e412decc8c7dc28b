import { sql, type Transaction } from 'kysely'
import type { EventFound } from '../domain/event-change.ts'
import type { ScheduleFound } from '../domain/schedule-change.ts'
import type { Database, EventsStatus } from './database.ts'
import { saleRules } from './sale-rules.ts'
import { type ScheduleStatus, scheduleStatusNow } from './schedule-facts.ts'

/**
 * A sale counts as started this long before it opens, so that an edit is committed and seen when the first buyer comes: the
 * reservation service keeps a schedule for 2 s, waits 5 s for an answer, and shows what is free for 1 s.
 */
export const settleMs = 10_000

export type LockedSchedule = ScheduleFound & {
  id: string
  status: ScheduleStatus
  version: number
  saleStarted: boolean
}
export type LockedEvent = EventFound & {
  id: string
  status: EventsStatus
  version: number
  /** The database's clock once the locks were held. */
  now: Date
  schedules: LockedSchedule[]
}

/** Why nothing of the event may be edited any more, or null. */
export function closedAs(event: LockedEvent): 'EVENT_CANCELLED' | 'EVENT_ENDED' | null {
  if (event.status === 'CANCELLED') return 'EVENT_CANCELLED'
  const over = event.schedules.every(({ status }) => status === 'ENDED' || status === 'CANCELLED')
  return event.status === 'ENDED' || (event.status === 'OPEN' && over) ? 'EVENT_ENDED' : null
}

/**
 * Gives an event and its schedules as they stand, locked until the transaction ends; null if there is none. Whether a sale has
 * started is judged by the database's clock once the locks are held, because waiting for them may take long (EVT-002).
 */
export async function lockEvent(trx: Transaction<Database>, eventId: string): Promise<LockedEvent | null> {
  await sql`select id from events where id = ${eventId} for update`.execute(trx)
  // Sales of the event go on meanwhile: they refer to a schedule and change none of its columns.
  await sql`select id from event_schedules where event_id = ${eventId} order by id for no key update`.execute(trx)
  const { rows } = await sql<Omit<LockedEvent, 'schedules'>>`
    select e.id, e.title, e.artist, e.description, e.poster_url as "posterUrl", e.venue_id as "venueId",
      e.hall_id as "hallId", ${saleRules('e')} as rules, e.status, e.version, clock_timestamp() as now
    from events e
    where e.id = ${eventId} and e.deleted_at is null`.execute(trx)
  const [event] = rows
  return event === undefined ? null : { ...event, schedules: await findSchedules(trx, event) }
}

/**
 * Whether the sale of one of these schedules, with the times they were locked with, has started by now. To be asked again before
 * the commit of an edit that must come first.
 */
export async function hasSaleStarted(
  trx: Transaction<Database>,
  event: Pick<LockedEvent, 'status'>,
  schedules: readonly Pick<LockedSchedule, 'saleStartAt'>[],
): Promise<boolean> {
  if (event.status === 'PREPARING') return false
  const starts = schedules.map((schedule) => schedule.saleStartAt)
  const { rows } = await sql<{ started: boolean }>`
    select exists (
      select from unnest(${starts}::timestamptz[]) as sale (starts) where ${hasStarted(sql`sale.starts`)}
    ) as started`.execute(trx)
  return rows[0]?.started !== false
}

const hasStarted = (time: ReturnType<typeof sql>) =>
  sql<boolean>`${time} - make_interval(secs => ${settleMs / 1000}) <= clock_timestamp()`

type Times = Record<'eventStartAt' | 'eventEndAt' | 'saleStartAt' | 'saleEndAt', Date>
type Row = Omit<LockedSchedule, keyof Times> & Times

async function findSchedules(trx: Transaction<Database>, event: Pick<LockedEvent, 'id' | 'status'>) {
  const { rows } = await sql<Row>`
    select s.id, s.play_sequence as "playSequence", s.event_start_at as "eventStartAt", s.event_end_at as "eventEndAt",
      s.sale_start_at as "saleStartAt", s.sale_end_at as "saleEndAt", ${scheduleStatusNow('s')} as status, s.version,
      (${event.status} <> 'PREPARING' and ${hasStarted(sql`s.sale_start_at`)}) as "saleStarted",
      (select coalesce(jsonb_object_agg(grade, price), '{}') from schedule_prices where event_schedule_id = s.id) as prices
    from event_schedules s
    where s.event_id = ${event.id}
    order by s.play_sequence`.execute(trx)
  return rows.map((row) => ({
    ...row,
    eventStartAt: row.eventStartAt.toISOString(),
    eventEndAt: row.eventEndAt.toISOString(),
    saleStartAt: row.saleStartAt.toISOString(),
    saleEndAt: row.saleEndAt.toISOString(),
  }))
}
