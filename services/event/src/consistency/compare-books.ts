import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../store/database.ts'
import { type Difference, differencesOf, type SoldSeat, type Suspect } from './differences.ts'
import type { ReservationBooks } from './reservation-books.ts'

export type BooksDeps = { db: Kysely<Database>; reservations: ReservationBooks }

/** What a comparison gives; `complete` is false when there were more reservations to look at than it takes. */
export type Comparison = { sold: number; confirmed: number; differences: Difference[]; complete: boolean }

/** How many reservations one comparison looks at: a fault of one seat is small, and a large one is repaired step by step. */
const suspectsMax = 200
const lookedAtAtOnce = 8

/** Compares SOLD here with CONFIRMED there (EVT-023); null for an unknown schedule. */
export async function compareBooks(deps: BooksDeps, scheduleId: string): Promise<Comparison | null> {
  const found = await findSuspects(deps, scheduleId)
  if (found === null) return null
  const { suspects, ...counts } = found
  const differences: Difference[] = []
  for (let from = 0; from < suspects.length; from += lookedAtAtOnce) {
    const looked = suspects.slice(from, from + lookedAtAtOnce).map((suspect) => lookAt(deps, scheduleId, suspect))
    differences.push(...(await Promise.all(looked)).flat())
  }
  return { ...counts, differences }
}

/** Finds the reservations to look at: those of the seats that the two lists, read one after the other, show differently. */
export async function findSuspects(
  { db, reservations }: BooksDeps,
  scheduleId: string,
): Promise<{ suspects: Suspect[]; sold: number; confirmed: number; complete: boolean } | null> {
  const known = await db.selectFrom('event_schedules').select('id').where('id', '=', scheduleId).executeTakeFirst()
  if (known === undefined) return null
  const confirmed = await reservations.confirmed(scheduleId)
  const sold = new Map((await findSold(db, scheduleId)).map((seat) => [seat.id, String(seat.reservation_id)]))
  const seatIds = new Set([...confirmed.keys(), ...sold.keys()])
  const involved = new Set<string>()
  for (const seatId of seatIds) {
    const [there, here] = [confirmed.get(seatId), sold.get(seatId)]
    if (there === here) continue
    for (const reservationId of [here, there]) if (reservationId !== undefined) involved.add(reservationId)
  }
  const suspects = [...involved].slice(0, suspectsMax).map((reservationId) => ({
    reservationId,
    confirmedSeatIds: [...confirmed].filter(([, owner]) => owner === reservationId).map(([seatId]) => seatId),
  }))
  return { suspects, sold: sold.size, confirmed: confirmed.size, complete: involved.size <= suspectsMax }
}

const findSold = (db: Kysely<Database>, scheduleId: string) =>
  db
    .selectFrom('seats')
    .select(['id', 'reservation_id'])
    .where('event_schedule_id', '=', scheduleId)
    .where('status', '=', 'SOLD')
    .execute()

/** Here first, then there: see `differencesOf`. */
async function lookAt({ db, reservations }: BooksDeps, scheduleId: string, suspect: Suspect): Promise<Difference[]> {
  const seats = await seatsOf(db, scheduleId, suspect).execute()
  return differencesOf(suspect, seats, await reservations.outcome(suspect.reservationId))
}

/** The seats that are, or should be, those of a reservation, in ordinal order. */
export const seatsOf = (
  db: Kysely<Database> | Transaction<Database>,
  scheduleId: string,
  { reservationId, confirmedSeatIds }: Suspect,
) =>
  db
    .selectFrom('seats')
    .select([
      'id as seatId',
      'seat_number as seatNumber',
      'reservation_id as soldTo',
      sql<number>`extract(epoch from clock_timestamp() - updated_at)::float8`.as('soldSeconds'),
    ])
    .where('event_schedule_id', '=', scheduleId)
    .where((where) =>
      where.or([
        where('reservation_id', '=', reservationId),
        where('id', '=', sql<string>`any(${confirmedSeatIds}::uuid[])`),
      ]),
    )
    .orderBy('ordinal')
    .$castTo<SoldSeat>()
