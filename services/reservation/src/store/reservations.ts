import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'

type Handle = Kysely<Database> | Transaction<Database>
type SeatRow = Pick<Selectable<Database['reservation_seats']>, 'seat_id' | 'seat_number' | 'grade' | 'price'>

/** A reservation with its seats and, judged by the database's clock, whether a payment may still be opened for it. */
export type ReservationRow = Selectable<Database['reservations']> & {
  payable: boolean
  /** The show has been called off. */
  schedule_cancelled: boolean
  /** When the show is; `event_start_at` is when it was to be when the tickets were sold. */
  show_starts_at: Date
  /** Somebody has come in with a ticket of the reservation. */
  is_used: boolean
  /** The database's time of the reading. */
  now: Date
  seats: SeatRow[]
}

/** A hold whose time is over by the database's clock and for which no payment has begun: it may be ended by anybody. */
export const isOverdue = sql<boolean>`(
  reservations.status = 'PENDING' AND reservations.payment_started_at IS NULL AND reservations.hold_expires_at <= now()
)`

/** Whether the reservation's show has been called off: nothing of it is sold or paid any more. */
export const isScheduleCancelled = sql<boolean>`EXISTS (
  SELECT 1 FROM cancelled_schedules WHERE cancelled_schedules.schedule_id = reservations.event_schedule_id
)`

/** When the show of a schedule is, by what was told last; until something was told, when it was to be as `soldFor` has it. */
export const showStartsAt = (scheduleId: RawBuilder<unknown>, soldFor: RawBuilder<unknown>) => sql<Date>`coalesce(
  (SELECT show_times.event_start_at FROM show_times WHERE show_times.schedule_id = ${scheduleId}), ${soldFor}
)`

/** What its owner is told of a reservation beside its row: when the show is, or that it is off, whether its tickets are used, the time of the reading. */
export const ownersFacts = [
  isScheduleCancelled.as('schedule_cancelled'),
  showStartsAt(sql`reservations.event_schedule_id`, sql`reservations.event_start_at`).as('show_starts_at'),
  sql<boolean>`EXISTS (
    SELECT 1 FROM ticket_entries WHERE ticket_entries.reservation_id = reservations.id
  )`.as('is_used'),
  sql<Date>`now()`.as('now'),
] as const

/** How long from now Redis must keep the seats of a PENDING reservation, in ms: the rest of its hold, or a payment's time. */
export const keptForMs = (paymentHoldSeconds: number) => sql<number>`(extract(epoch FROM CASE
  WHEN reservations.payment_started_at IS NULL THEN reservations.hold_expires_at - now()
  ELSE greatest(reservations.hold_expires_at - now(), make_interval(secs => ${paymentHoldSeconds}))
END) * 1000)::float8`

/** The seats of the reservation of a statement, in seat-number order; without those exchanged for others. */
const itsSeats = sql<SeatRow[]>`(
  SELECT coalesce(jsonb_agg(
    jsonb_build_object('seat_id', seat_id, 'seat_number', seat_number, 'grade', grade, 'price', price) ORDER BY seat_number
  ), '[]')
  FROM reservation_seats WHERE reservation_id = reservations.id AND dropped_at IS NULL
)`

/** What is known of a reservation beside the columns of its row. */
export const reservationFacts = [
  // One that a payment has pinned can be paid by that payment alone.
  sql<boolean>`(reservations.status = 'PENDING' AND reservations.payment_started_at IS NULL
    AND reservations.hold_expires_at > now() AND NOT ${isScheduleCancelled})`.as('payable'),
  ...ownersFacts,
  itsSeats.as('seats'),
] as const

/** One reservation by ID, whoever owns it; null for an unknown one. Seats come in seat-number order. */
export async function findReservation(db: Handle, reservationId: string): Promise<ReservationRow | null> {
  const [found] = await findReservations(db, [reservationId])
  return found ?? null
}

/** Reservations by their IDs, in that order; null for each that is unknown. */
export async function findReservations(
  db: Handle,
  reservationIds: readonly string[],
): Promise<readonly (ReservationRow | null)[]> {
  const rows = await db
    .selectFrom('reservations')
    .selectAll()
    .select(reservationFacts)
    // A list of any length is one statement to PostgreSQL.
    .where(sql<boolean>`id = ANY (${[...reservationIds]}::uuid[])`)
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  return reservationIds.map((id) => byId.get(id) ?? null)
}

/** The seats of several reservations by reservation ID, each in seat-number order; without those exchanged for others. */
export async function seatsOf(db: Handle, reservationIds: readonly string[]): Promise<ReadonlyMap<string, SeatRow[]>> {
  if (reservationIds.length === 0) return new Map()
  const seats = await db
    .selectFrom('reservation_seats')
    .select(['reservation_id', 'seat_id', 'seat_number', 'grade', 'price'])
    .where('reservation_id', 'in', reservationIds)
    .where('dropped_at', 'is', null)
    .orderBy('seat_number')
    .execute()
  return Map.groupBy(seats, (seat) => seat.reservation_id)
}
