import { type RawBuilder, sql } from 'kysely'
import { eventListTarget } from '../cache/cache-keys.ts'
import { type Built, neverChangesMs } from '../cache/catalogue-cache.ts'
import type { Deps } from '../dependencies.ts'
import type { EventStatus } from '../domain/event-detail.ts'
import { scheduleSummary } from '../store/event-facts.ts'

export const sorts = ['recommended', 'startDate', '-startDate', 'title', '-title', 'price', '-price', 'newest'] as const
export type EventQuery = {
  page: number
  size: number
  status?: EventStatus | undefined
  city?: string | undefined
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
export type EventPage = { list: ListedEvent[]; page: number; size: number; totalElements: number }

/**
 * Gives a page of the catalogue as JSON text (EVT-004). The public's pages are cached, but for free text, of which there is
 * no end; administrators also see events in preparation and always the present state.
 */
export async function listEvents(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  query: EventQuery,
  audience: 'public' | 'admin',
): Promise<{ body: string; etag?: string }> {
  const build = () => buildPage({ db }, query, audience)
  if (audience === 'admin' || query.q !== undefined) return build()
  const filters = `status=${query.status ?? ''};city=${encodeURIComponent(query.city ?? '')};sort=${query.sort}`
  const entry = await cache.read(eventListTarget(query.page, query.size, filters), build)
  return entry ?? build()
}

/** Filters that fit nothing have no end either: their pages do not stay in Redis. */
const emptyPageMs = 1000

type Row = Partial<Omit<ListedEvent, 'startDate' | 'endDate'>> & {
  startDate: Date | null
  endDate: Date | null
  totalElements: number
  changeMs: number | null
}

/** One statement, so that the page and the total belong together. */
async function buildPage({ db }: Pick<Deps, 'db'>, query: EventQuery, audience: 'public' | 'admin'): Promise<Built> {
  const { rows } = await sql<Row>`
    with listed as materialized (
      select e.id, e.title, e.artist, e.poster_url, e.created_at, v.name as venue_name, v.city, summary.*, price.*
      from events e
      join venues v on v.id = e.venue_id
      cross join lateral (${scheduleSummary}) as summary
      cross join lateral (
        select min(p.price) as min_price, max(p.price) as max_price
        from event_schedules s join schedule_prices p on p.event_schedule_id = s.id
        where s.event_id = e.id
      ) as price
      where e.deleted_at is null and (e.status <> 'PREPARING' or ${audience} = 'admin')
        and ${query.city === undefined ? sql`true` : sql`v.city = ${query.city}`}
        and ${query.q === undefined ? sql`true` : containsText(query.q)}
    ),
    matching as (select * from listed where ${query.status ?? null}::text is null or status = ${query.status ?? null}),
    shown as (select * from matching order by ${orders[query.sort]}, id limit ${query.size} offset ${query.page * query.size})
    select
      (select count(*)::int from matching) as "totalElements",
      (select min(change_ms) from listed) as "changeMs",
      shown.id, shown.title, shown.artist, shown.venue_name as "venueName", shown.city, shown.start_date as "startDate",
      shown.end_date as "endDate", shown.status, shown.poster_url as "posterUrl", shown.min_price as "minPrice",
      shown.max_price as "maxPrice"
    from (select 1) as always
    left join shown on true
    order by ${orders[query.sort]}, id`.execute(db)
  const page: EventPage = {
    list: rows.flatMap(toListed),
    page: query.page,
    size: query.size,
    totalElements: rows[0]?.totalElements ?? 0,
  }
  const freshMs = page.list.length === 0 ? emptyPageMs : neverChangesMs
  return { body: JSON.stringify(page), freshMs: Math.min(freshMs, rows[0]?.changeMs ?? neverChangesMs) }
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

const containsText = (text: string): RawBuilder<unknown> =>
  sql`(strpos(lower(e.title), lower(${text})) > 0 or strpos(lower(e.artist), lower(${text})) > 0)`

function toListed({ totalElements: _total, changeMs: _change, ...row }: Row): ListedEvent[] {
  if (row.id === undefined || row.id === null) return []
  const { startDate, endDate, ...rest } = row
  return [
    {
      ...(rest as Omit<ListedEvent, 'startDate' | 'endDate'>),
      startDate: startDate?.toISOString() ?? null,
      endDate: endDate?.toISOString() ?? null,
    },
  ]
}
