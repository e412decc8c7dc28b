import { type Kysely, sql } from 'kysely'
import type { EventDetail } from '../domain/event-detail.ts'
import type { Database } from './database.ts'
import { scheduleSummary } from './event-facts.ts'
import { saleRules } from './sale-rules.ts'
import { scheduleStatusNow, seatsSold, seatsTotal } from './schedule-facts.ts'

type Row = EventDetail & { changeMs: number | null }

/**
 * Gives an event as it is shown, with the milliseconds until time changes it (null: never), in one statement; null if there
 * is none, it has been deleted, or it is still being prepared and `audience` is the public.
 */
export async function findEventDetail(
  db: Kysely<Database>,
  eventId: string,
  audience: 'public' | 'admin',
): Promise<{ detail: EventDetail; changeMs: number | null } | null> {
  const { rows } = await sql<Row>`
    select e.id, e.title, e.artist, e.description, e.poster_url as "posterUrl", summary.status,
      jsonb_build_object('id', v.id, 'name', v.name, 'address', v.address, 'city', v.city) as venue,
      jsonb_build_object('id', h.id, 'name', h.name) as hall,
      coalesce((${schedulesAsJson}), '[]') as schedules,
      coalesce((${firstPricesAsJson}), '{}') as prices,
      ${saleRules('e')} as rules, e.version,
      coalesce((${announcementsAsJson}), '[]') as announcements,
      summary.change_ms as "changeMs"
    from events e
    join venues v on v.id = e.venue_id
    join halls h on h.id = e.hall_id
    cross join lateral (${scheduleSummary}) as summary
    where e.id = ${eventId} and e.deleted_at is null and (e.status <> 'PREPARING' or ${audience} = 'admin')`.execute(db)
  const [row] = rows
  if (row === undefined) return null
  const { changeMs, ...detail } = row
  const announcements = detail.announcements.map((each) => ({ ...each, announcedAt: plainTime(each.announcedAt) }))
  return { detail: { ...detail, schedules: detail.schedules.map(withPlainTimes), announcements }, changeMs }
}

const announcementsMax = 20
const scheduleId = sql.ref('s.id')
const schedulesAsJson = sql`
  select jsonb_agg(jsonb_build_object(
    'id', s.id, 'playSequence', s.play_sequence,
    'eventStartAt', s.event_start_at, 'eventEndAt', s.event_end_at,
    'saleStartAt', s.sale_start_at, 'saleEndAt', s.sale_end_at,
    'status', ${scheduleStatusNow('s')},
    'soldOut', ${seatsSold(scheduleId)} >= ${seatsTotal(scheduleId)},
    'version', s.version
  ) order by s.play_sequence)
  from event_schedules s
  where s.event_id = e.id`

const firstPricesAsJson = sql`
  select jsonb_object_agg(p.grade, p.price)
  from schedule_prices p
  where p.event_schedule_id = (
    select id from event_schedules where event_id = e.id order by play_sequence limit 1)`

const announcementsAsJson = sql`
  select jsonb_agg(jsonb_build_object(
    'scheduleId', latest.event_schedule_id, 'text', latest.body, 'announcedAt', latest.created_at) order by latest.id desc)
  from (
    select * from event_announcements where event_id = e.id order by id desc limit ${announcementsMax}) as latest`

/** JSON made by PostgreSQL has times in the session's zone and with microseconds; answers have one form. */
const withPlainTimes = (schedule: EventDetail['schedules'][number]) => ({
  ...schedule,
  eventStartAt: plainTime(schedule.eventStartAt),
  eventEndAt: plainTime(schedule.eventEndAt),
  saleStartAt: plainTime(schedule.saleStartAt),
  saleEndAt: plainTime(schedule.saleEndAt),
})

const plainTime = (text: string): string => new Date(text).toISOString()
