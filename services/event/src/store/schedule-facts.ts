import type { InternalSchedule, SaleRules } from '@ticket-queue/contracts/http/event'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Prices } from '../domain/schedule-plan.ts'
import type { Database } from './database.ts'
import { saleRules } from './sale-rules.ts'

export type ScheduleStatus = InternalSchedule['status']

/**
 * A schedule's status at this moment by the database's clock (EVT-007): UPCOMING until its sale starts, ONGOING until the show
 * has ended, then ENDED. What a person has set (CANCELLED, an early end or start) stands.
 */
export const scheduleStatusNow = (alias: string): RawBuilder<ScheduleStatus> => {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return sql`case
    when ${column('status')} in ('CANCELLED', 'ENDED') then ${column('status')}
    when ${column('event_end_at')} <= now() then 'ENDED'
    when ${column('status')} = 'ONGOING' or ${column('sale_start_at')} <= now() then 'ONGOING'
    else 'UPCOMING' end`
}

/** Milliseconds until something that answers show changes with time (EVT-024); null if nothing will. */
export const scheduleChangeMs = (alias: string): RawBuilder<number | null> => {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return sql`(
    select (extract(epoch from min(moment) - now()) * 1000)::float8
    from unnest(array[${column('sale_start_at')}, ${column('sale_end_at')}, ${column('event_end_at')}]) as moment
    where moment > now())`
}

/** Seats of a schedule: ordinals run 0…n-1 for good, so the last one gives the number without counting. */
export const seatsTotal = (scheduleId: RawBuilder<unknown>): RawBuilder<number> =>
  sql`coalesce((select max(ordinal) + 1 from seats where event_schedule_id = ${scheduleId}), 0)`

export const seatsSold = (scheduleId: RawBuilder<unknown>): RawBuilder<number> =>
  sql`(select count(*)::int from seats where event_schedule_id = ${scheduleId} and status = 'SOLD')`

/** Everything known of one schedule but its seats, read in one statement. */
export type ScheduleFacts = {
  scheduleId: string
  eventId: string
  eventTitle: string
  artist: string
  venueId: string
  venueName: string
  venueAddress: string
  venueCity: string
  hallId: string
  hallName: string
  playSequence: number
  eventStartAt: Date
  eventEndAt: Date
  saleStartAt: Date
  saleEndAt: Date
  status: ScheduleStatus
  eventStatus: InternalSchedule['eventStatus']
  seatsTotal: number
  seatsSold: number
  saleOpen: boolean
  prices: Prices
  rules: SaleRules
  version: number
  layoutVersion: number
  changeMs: number | null
}

/** Gives the facts of a schedule whose event has not been deleted, or null. */
export async function findScheduleFacts(db: Kysely<Database>, scheduleId: string): Promise<ScheduleFacts | null> {
  const id = sql.ref('s.id')
  const status = scheduleStatusNow('s')
  const { rows } = await sql<ScheduleFacts>`
    select
      s.id as "scheduleId", e.id as "eventId", e.title as "eventTitle", e.artist,
      v.id as "venueId", v.name as "venueName", v.address as "venueAddress", v.city as "venueCity",
      h.id as "hallId", h.name as "hallName", s.play_sequence as "playSequence",
      s.event_start_at as "eventStartAt", s.event_end_at as "eventEndAt",
      s.sale_start_at as "saleStartAt", s.sale_end_at as "saleEndAt",
      ${status} as status, e.status as "eventStatus",
      ${seatsTotal(id)} as "seatsTotal", ${seatsSold(id)} as "seatsSold",
      (e.status = 'OPEN' and ${status} = 'ONGOING' and now() >= s.sale_start_at and now() < s.sale_end_at) as "saleOpen",
      (select coalesce(jsonb_object_agg(grade, price), '{}') from schedule_prices where event_schedule_id = s.id) as prices,
      ${saleRules('e')} as rules, s.version, s.layout_version as "layoutVersion",
      ${scheduleChangeMs('s')} as "changeMs"
    from event_schedules s
    join events e on e.id = s.event_id
    join venues v on v.id = e.venue_id
    join halls h on h.id = e.hall_id
    where s.id = ${scheduleId} and e.deleted_at is null`.execute(db)
  return rows[0] ?? null
}
