import { type AnswerBody, withTag } from '../answer-body.ts'
import { eventListTarget } from '../cache/cache-keys.ts'
import { type Built, neverChangesMs } from '../cache/catalogue-cache.ts'
import type { Deps } from '../dependencies.ts'
import { type EventQuery, type EventRow, findEventPage, type ListedEvent } from './find-event-page.ts'

type EventPage = { list: ListedEvent[]; page: number; size: number; totalElements: number }

/**
 * Gives a page of the catalogue, ready to be sent (EVT-004). The public's pages are cached; administrators also see events in
 * preparation and always the present state.
 */
export async function listEvents(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  query: EventQuery,
  audience: 'public' | 'admin',
): Promise<AnswerBody> {
  const build = () => buildPage({ db }, query, audience)
  if (audience === 'admin') return withTag((await build()).body)
  const entry = await cache.read(eventListTarget(query.page, query.size, filtersOf(query)), build)
  if (entry === null) throw new Error('a page of the list was built and is not there')
  return entry
}

/** Filters that fit nothing have no end: their pages do not stay in Redis. */
const emptyPageMs = 1000
/** Nor have words, dates and deep pages, but many may ask for the same at once: those stay only long enough for that. */
const rarePageMs = 10_000
const commonItems = 1000

async function buildPage({ db }: Pick<Deps, 'db'>, query: EventQuery, audience: 'public' | 'admin'): Promise<Built> {
  const { rows, totalElements, changeMs } = await findEventPage(db, query, audience)
  const page: EventPage = { list: rows.map(toListed), page: query.page, size: query.size, totalElements }
  return { body: JSON.stringify(page), freshMs: Math.min(pageMs(query, rows.length), changeMs ?? neverChangesMs) }
}

function pageMs({ q, from, to, page, size }: EventQuery, shown: number): number {
  if (shown === 0) return emptyPageMs
  const isRare = q !== undefined || from !== undefined || to !== undefined || page * size >= commonItems
  return isRare ? rarePageMs : neverChangesMs
}

/** Spelled one way, so that what gives the same page has the same key. */
function filtersOf({ status, city, from, to, q, sort }: EventQuery): string {
  const words = q?.normalize('NFKC').toLowerCase().split(/\s+/u).join(' ')
  const filters = { status, city, from, to, q: words }
  const named = Object.entries(filters).map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`)
  return [...named, `sort=${sort}`].join(';')
}

const toListed = ({ startDate, endDate, ...row }: EventRow): ListedEvent => ({
  ...row,
  startDate: startDate?.toISOString() ?? null,
  endDate: endDate?.toISOString() ?? null,
})
