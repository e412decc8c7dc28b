import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { seatsTarget } from '../cache/cache-keys.ts'
import { type Built, neverChangesMs } from '../cache/catalogue-cache.ts'
import type { Deps } from '../dependencies.ts'
import { toBitSet } from '../domain/bit-set.ts'
import {
  type LayoutSeat,
  type SeatLayout,
  seatLayoutSchema,
  toCompactText,
  toLayout,
  toSeatMapText,
} from '../domain/seat-map.ts'
import type { Database } from '../store/database.ts'

export type SeatMapFormat = 'full' | 'compact'
type Text = { body: string; etag: string }
/** A seat map as this process last made it. `key` changes with the layout and with what is sold. */
type View = { key: string; madeAtMs: number; texts: Map<SeatMapFormat, Text>; layout: Layout; sold: Uint8Array }
type Layout = { etag: string; seats: SeatLayout }

export type SeatMaps = {
  /** Gives the seat map of a schedule as JSON text (EVT-006), or null if the audience may see no such schedule. */
  read(scheduleId: string, format: SeatMapFormat, audience: 'public' | 'admin'): Promise<Text | null>
}

/**
 * How old the SOLD marks of an answer may be. Selling would otherwise make 15,000 seats be read and written again for each
 * purchase; the seat states that a buyer acts on come from the reservation service.
 */
const soldFreshMs = 1000
const viewsMax = 16

/**
 * Keeps the seat maps that people look at. The layout comes through the cache, what is sold is read from its index at most once
 * a second for each schedule, and the text is made anew only when either has changed.
 */
export function createSeatMaps({ db, cache }: Pick<Deps, 'db' | 'cache'>): SeatMaps {
  const views = new Map<string, View>()
  const underWay = new Map<string, Promise<View | null>>()

  const refresh = async (scheduleId: string): Promise<View | null> => {
    const known = views.get(scheduleId)
    const madeAtMs = performance.now()
    const layout = await readLayout({ db, cache }, scheduleId, known?.layout)
    views.delete(scheduleId)
    if (layout === null) return null
    const sold = await findSold(db, scheduleId, layout.seats.seatsTotal)
    const key = `${layout.etag} ${Buffer.from(sold).toString('base64')}`
    const view = known?.key === key ? { ...known, madeAtMs } : { key, madeAtMs, layout, sold, texts: new Map() }
    views.set(scheduleId, view)
    const [oldest] = views.keys()
    if (views.size > viewsMax && oldest !== undefined) views.delete(oldest)
    return view
  }

  const current = (scheduleId: string): View | Promise<View | null> => {
    const known = views.get(scheduleId)
    if (known !== undefined && performance.now() - known.madeAtMs < soldFreshMs) return known
    const joined = underWay.get(scheduleId)
    if (joined !== undefined) return joined
    const started = refresh(scheduleId).finally(() => underWay.delete(scheduleId))
    underWay.set(scheduleId, started)
    return started
  }

  return {
    read: async (scheduleId, format, audience) => {
      const view = audience === 'admin' ? await presentView(db, scheduleId) : await current(scheduleId)
      return view && textOf(view, format)
    },
  }
}

async function readLayout(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  scheduleId: string,
  known: Layout | undefined,
): Promise<Layout | null> {
  let made: SeatLayout | null = null
  const entry = await cache.read(seatsTarget(scheduleId), async (): Promise<Built | null> => {
    made = await findLayout(db, scheduleId, 'public')
    return made && { body: JSON.stringify(made), freshMs: neverChangesMs }
  })
  if (entry === null) return null
  // Parsing 15,000 seats is the dear part, and the layout hardly ever changes.
  if (known?.etag === entry.etag) return known
  return { etag: entry.etag, seats: made ?? seatLayoutSchema.parse(JSON.parse(entry.body)) }
}

async function presentView(db: Kysely<Database>, scheduleId: string): Promise<View | null> {
  const seats = await findLayout(db, scheduleId, 'admin')
  if (seats === null) return null
  const sold = await findSold(db, scheduleId, seats.seatsTotal)
  const etag = createHash('sha1').update(JSON.stringify(seats)).digest('base64url')
  const key = `${etag} ${Buffer.from(sold).toString('base64')}`
  return { key, madeAtMs: 0, layout: { etag, seats }, sold, texts: new Map() }
}

function textOf(view: View, format: SeatMapFormat): Text {
  const known = view.texts.get(format)
  if (known !== undefined) return known
  const body = (format === 'compact' ? toCompactText : toSeatMapText)(view.layout.seats, view.sold)
  const text = { body, etag: createHash('sha1').update(`${format} ${view.key}`).digest('base64url') }
  view.texts.set(format, text)
  return text
}

async function findLayout(
  db: Kysely<Database>,
  scheduleId: string,
  audience: 'public' | 'admin',
): Promise<SeatLayout | null> {
  const { rows } = await sql<LayoutSeat & { layoutVersion: number }>`
    select s.layout_version as "layoutVersion", seat.id, seat.ordinal, seat.seat_number as "seatNumber", seat.section,
      seat.row_label as row, seat.grade, seat.price, seat.x, seat.y, seat.accessible,
      seat.restricted_view as "restrictedView"
    from event_schedules s
    join events e on e.id = s.event_id
    join seats seat on seat.event_schedule_id = s.id
    where s.id = ${scheduleId} and e.deleted_at is null and (e.status <> 'PREPARING' or ${audience} = 'admin')
    order by seat.ordinal`.execute(db)
  const [first] = rows
  return first === undefined ? null : toLayout(scheduleId, first.layoutVersion, rows)
}

async function findSold(db: Kysely<Database>, scheduleId: string, seatsTotal: number): Promise<Uint8Array> {
  const { rows } = await sql<{ ordinals: number[] | null }>`
    select array_agg(ordinal) as ordinals from seats where event_schedule_id = ${scheduleId} and status = 'SOLD'`.execute(
    db,
  )
  return toBitSet(rows[0]?.ordinals ?? [], seatsTotal)
}
