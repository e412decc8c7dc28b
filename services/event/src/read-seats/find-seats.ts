import { type Kysely, sql } from 'kysely'
import { seatsTarget } from '../cache/cache-keys.ts'
import { type Built, neverChangesMs } from '../cache/catalogue-cache.ts'
import type { Deps } from '../dependencies.ts'
import { toBitSet } from '../domain/bit-set.ts'
import { type LayoutSeat, type SeatLayout, seatLayoutSchema, toLayout } from '../domain/seat-map.ts'
import { createSeatMapText, type SeatMapText } from '../domain/seat-map-text.ts'
import type { Database } from '../store/database.ts'

/** The seats of a schedule, and the text made of them. */
export type Layout = { etag: string; seats: SeatLayout; text: SeatMapText }
/** A layout that is read only if somebody needs more of it than its tag: of 15,000 seats that is the dear part. */
export type FoundLayout = { etag: string; read(): Layout }

/** Gives the layout that everybody may see, through the cache; null if there is none. */
export async function findPublicLayout(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  scheduleId: string,
): Promise<FoundLayout | null> {
  let made: SeatLayout | null = null
  const entry = await cache.read(seatsTarget(scheduleId), async (): Promise<Built | null> => {
    made = await findSeatLayout(db, scheduleId, 'public')
    return made && { body: JSON.stringify(made), freshMs: neverChangesMs }
  })
  if (entry === null) return null
  const { etag, plain } = entry
  return {
    etag,
    read: () => {
      const seats = made ?? seatLayoutSchema.parse(JSON.parse(plain.toString()))
      return { etag, seats, text: createSeatMapText(seats) }
    },
  }
}

/** Gives the seats of a schedule in one statement, or null if the audience may see no such schedule. */
export async function findSeatLayout(
  db: Kysely<Database>,
  scheduleId: string,
  audience: 'public' | 'admin',
): Promise<SeatLayout | null> {
  const { rows } = await sql<LayoutSeat & { layoutVersion: number }>`
    select s.layout_version as "layoutVersion", seat.id, seat.ordinal, seat.seat_number as "seatNumber", seat.section,
      seat.row_label as row, seat.grade, seat.price, seat.x, seat.y, seat.accessible,
      seat.companion_of as "companionOf", seat.restricted_view as "restrictedView"
    from event_schedules s
    join events e on e.id = s.event_id
    join seats seat on seat.event_schedule_id = s.id
    where s.id = ${scheduleId} and e.deleted_at is null and (e.status <> 'PREPARING' or ${audience} = 'admin')
    order by seat.ordinal`.execute(db)
  const [first] = rows
  return first === undefined ? null : toLayout(scheduleId, first.layoutVersion, rows)
}

/** Gives which seats are sold, read from their index alone. */
export async function findSold(db: Kysely<Database>, scheduleId: string, seatsTotal: number): Promise<Uint8Array> {
  const { rows } = await sql<{ ordinals: number[] | null }>`
    select array_agg(ordinal) as ordinals from seats where event_schedule_id = ${scheduleId} and status = 'SOLD'`.execute(
    db,
  )
  return toBitSet(rows[0]?.ordinals ?? [], seatsTotal)
}
