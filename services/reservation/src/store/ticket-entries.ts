import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database, ReservationSeatsGrade } from './database.ts'

type Handle = Kysely<Database> | Transaction<Database>

/** A genuine ticket that is shown at a gate. */
export interface ShownTicket {
  readonly ticketNumber: string
  readonly seatId: string
  readonly scheduleId: string
  readonly gate: string | null
  /** The account of the scanner. */
  readonly scannedBy: string
  /** When a scanner without network saw it; null: now, by the database's clock. */
  readonly scannedAt: Date | null
}

export interface Entry {
  readonly enteredAt: Date
  readonly gate: string | null
  readonly seatNumber: string
  readonly grade: ReservationSeatsGrade
}

export type EntryOutcome =
  | ({ readonly outcome: 'ENTERED' } & Entry)
  | { readonly outcome: 'ALREADY_USED'; readonly enteredAt: Date; readonly gate: string | null }
  | { readonly outcome: 'CANCELLED'; readonly cancelledAt: Date }
  | { readonly outcome: 'TICKET_NOT_FOUND' }

/** The database's time in Unix ms. */
export async function databaseNowMs(db: Handle): Promise<number> {
  const { rows } = await sql<{ nowMs: number }>`SELECT (extract(epoch FROM now()) * 1000)::float8 AS "nowMs"`.execute(
    db,
  )
  if (!rows[0]) throw new Error('the database has no clock')
  return rows[0].nowMs
}

/**
 * Lets the holder of a ticket in, once: the entry is written by one statement that holds the reservation as CONFIRMED
 * until it is committed, and the unique constraint `ticket_entries_once` decides between gates. Otherwise gives why not.
 */
export async function enterSeat(db: Handle, ticket: ShownTicket): Promise<EntryOutcome> {
  const { rows } = await sql<Entry>`
    WITH held AS (
      SELECT reservations.id, reservations.version, seat.seat_id, seat.seat_number, seat.grade
      FROM reservations JOIN reservation_seats seat ON seat.reservation_id = reservations.id AND seat.active
      WHERE reservations.ticket_number = ${ticket.ticketNumber}
        AND reservations.event_schedule_id = ${ticket.scheduleId}::uuid
        AND reservations.status = 'CONFIRMED'
        AND seat.seat_id = ${ticket.seatId}::uuid
      FOR SHARE OF reservations
    ), entered AS (
      INSERT INTO ticket_entries (reservation_id, reservation_version, seat_id, schedule_id, gate, entered_at, offline, scanned_by)
      SELECT id, version, seat_id, ${ticket.scheduleId}::uuid, ${ticket.gate}, coalesce(${ticket.scannedAt}::timestamptz, now()),
        ${ticket.scannedAt}::timestamptz IS NOT NULL, ${ticket.scannedBy}::uuid
      FROM held
      ON CONFLICT DO NOTHING
      RETURNING seat_id, entered_at, gate
    )
    SELECT entered.entered_at AS "enteredAt", entered.gate, held.seat_number AS "seatNumber", held.grade
    FROM entered JOIN held ON held.seat_id = entered.seat_id`.execute(db)
  return rows[0] ? { outcome: 'ENTERED', ...rows[0] } : whyNot(db, ticket)
}

async function whyNot(db: Handle, ticket: ShownTicket): Promise<EntryOutcome> {
  const found = await db
    .selectFrom('reservations')
    .innerJoin('reservation_seats as seat', 'seat.reservation_id', 'reservations.id')
    .leftJoin('ticket_entries as entry', (join) =>
      join.onRef('entry.reservation_id', '=', 'reservations.id').onRef('entry.seat_id', '=', 'seat.seat_id'),
    )
    .select(['reservations.cancelled_at', 'entry.entered_at', 'entry.gate'])
    .where('reservations.ticket_number', '=', ticket.ticketNumber)
    .where('reservations.event_schedule_id', '=', ticket.scheduleId)
    .where('seat.seat_id', '=', ticket.seatId)
    .executeTakeFirst()
  if (found?.entered_at) return { outcome: 'ALREADY_USED', enteredAt: found.entered_at, gate: found.gate }
  if (found?.cancelled_at) return { outcome: 'CANCELLED', cancelledAt: found.cancelled_at }
  return { outcome: 'TICKET_NOT_FOUND' }
}
