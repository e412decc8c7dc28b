import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { EventStatus } from '../domain/event-detail.ts'
import type { Database } from '../store/database.ts'
import { scheduleSummary } from '../store/event-facts.ts'

export const sorts = ['recommended', 'startDate', '-startDate', 'title', '-title', 'price', '-price', 'newest'] as const

export type EventQuery = {
  page: number
  size: number
  status?: EventStatus | undefined
  city?: string | undefined
  /** Korean calendar days, both included: events with a show on one of them. */
  from?: string | undefined
  to?: string | undefined
  /** Words that title or artist must contain, each of them. */
  q?: string | undefined
  sort: (typeof sorts)[number]
}
export type ListedEvent = {
  id: string
  title: string
  artist: string
  venueName: string
  city: string
  startDate: string | null
  endDate: string | null
  status: EventStatus
  posterUrl: string | null
  minPrice: number | null
  maxPrice: number | null
}

export type EventRow = Omit<ListedEvent, 'startDate' | 'endDate'> & { startDate: Date | null; endDate: Date | null }
type Row = { [Field in keyof EventRow]: EventRow[Field] | null } & { totalElements: number; changeMs: number | null }

/**
 * Gives the events of a page, how many there are in all, and the milliseconds until time changes either (null: never),
 * in one statement, so that they belong together.
 */
export async function findEventPage(
  db: Kysely<Database>,
  query: EventQuery,
  audience: 'public' | 'admin',
): Promise<{ rows: EventRow[]; totalElements: number; changeMs: number | null }> {
  const { rows } = await eventPageQuery(query, audience).execute(db)
  const [first] = rows
  return {
    rows: rows.flatMap(toEventRow),
    totalElements: first?.totalElements ?? 0,
    changeMs: first?.changeMs ?? null,
  }
}

/** The statement of `findEventPage`, so that its plan can be looked at. */
export const eventPageQuery = (query: EventQuery, audience: 'public' | 'admin') => sql<Row>`
  with listed as materialized (
    select e.id, e.title, e.artist, e.poster_url, e.created_at, v.name as venue_name, v.city, summary.*
    from events e
    join venues v on v.id = e.venue_id
    cross join lateral (${scheduleSummary}) as summary
    where e.deleted_at is null and (e.status <> 'PREPARING' or ${audience} = 'admin')
      and ${query.city === undefined ? sql`true` : sql`event_service.fold_text(v.city) = event_service.fold_text(${query.city})`}
      and ${query.q === undefined ? sql`true` : containsWords(query.q)}
      and ${hasShowBetween(query)}
  ),
  matching as (select * from listed where ${query.status ?? null}::text is null or status = ${query.status ?? null}),
  shown as (${shownEvents(query)})
  select
    (select count(*)::int from matching) as "totalElements",
    (select min(change_ms) from listed) as "changeMs",
    shown.id, shown.title, shown.artist, shown.venue_name as "venueName", shown.city, shown.start_date as "startDate",
    shown.end_date as "endDate", shown.status, shown.poster_url as "posterUrl", shown.min_price as "minPrice",
    shown.max_price as "maxPrice"
  from (select 1) as always
  left join shown on true
  order by ${orders[query.sort]}, id`

const pricesOfEvents = sql`
  select s.event_id, min(p.price) as min_price, max(p.price) as max_price
  from event_schedules s join schedule_prices p on p.event_schedule_id = s.id`

/** The page of `matching` with prices: those of all events, in one pass, only where they make the order. */
function shownEvents({ sort, page, size }: EventQuery): RawBuilder<unknown> {
  const cut = sql`order by ${orders[sort]}, id limit ${size} offset ${page * size}`
  if (sort === 'price' || sort === '-price') {
    return sql`
      select * from matching left join (${pricesOfEvents} group by s.event_id) as price on price.event_id = matching.id ${cut}`
  }
  return sql`
    select * from (select * from matching ${cut}) as cut
    left join lateral (${pricesOfEvents} where s.event_id = cut.id group by s.event_id) as price on true`
}

const orders: Record<EventQuery['sort'], RawBuilder<unknown>> = {
  recommended: sql`array_position(array['ONGOING', 'UPCOMING', 'PREPARING', 'ENDED', 'CANCELLED'], status), start_date`,
  startDate: sql`start_date`,
  '-startDate': sql`start_date desc nulls last`,
  title: sql`title`,
  '-title': sql`title desc`,
  price: sql`min_price`,
  '-price': sql`max_price desc nulls last`,
  newest: sql`created_at desc`,
}

/**
 * Every word is part of title or artist, whatever their case, composition and spaces. The runs of characters find the
 * candidates in the index `events_search`, the text itself decides.
 */
function containsWords(text: string): RawBuilder<unknown> {
  const words = [...new Set(text.split(/\s+/u))].filter((word) => word !== '')
  const conditions = words.map(
    (word) => sql`event_service.runs_of(e.search_text) @> event_service.runs_needed(event_service.fold_text(${word}))
      and strpos(e.search_text, event_service.fold_text(${word})) > 0`,
  )
  return sql`(${sql.join(conditions, sql` and `)})`
}

/** Some show that has not been cancelled starts on one of the days; days are those of Korea, where the shows are. */
function hasShowBetween({ from, to }: Pick<EventQuery, 'from' | 'to'>): RawBuilder<unknown> {
  if (from === undefined && to === undefined) return sql`true`
  const midnight = (day: string) => sql`(${day}::date::timestamp at time zone 'Asia/Seoul')`
  return sql`e.id in (
    select s.event_id from event_schedules s
    where s.status <> 'CANCELLED'
      and ${from === undefined ? sql`true` : sql`s.event_start_at >= ${midnight(from)}`}
      and ${to === undefined ? sql`true` : sql`s.event_start_at < ${midnight(to)} + interval '1 day'`})`
}

function toEventRow({ totalElements: _total, changeMs: _change, ...row }: Row): EventRow[] {
  // The left join gives a row without an event when the page is empty.
  return row.id === null ? [] : [row as EventRow]
}
