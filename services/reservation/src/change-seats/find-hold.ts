import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { SeenHold } from './change.ts'

interface Row
  extends Omit<SeenHold, 'userId' | 'isPaying' | 'isOverdue' | 'isOffer' | 'scheduleId' | 'holdExpiresAt' | 'seats'> {
  readonly schedule_id: string
  readonly is_paying: boolean
  readonly is_overdue: boolean
  readonly is_offer: boolean
  readonly hold_expires_at: Date
  readonly seats: SeenHold['seats']
}

/** A person's reservation with the seats it has now; null if it is somebody else's or never was. */
export async function findHold(
  db: Kysely<Database>,
  { userId, reservationId }: { readonly userId: string; readonly reservationId: string },
): Promise<SeenHold | null> {
  const { rows } = await sql<Row>`
    SELECT id, version, status, event_schedule_id AS schedule_id, hold_expires_at,
      payment_started_at IS NOT NULL AS is_paying, hold_expires_at <= now() AS is_overdue,
      waiting_list_entry_id IS NOT NULL AS is_offer,
      (SELECT coalesce(jsonb_agg(
          jsonb_build_object('seatId', seat_id, 'seatNumber', seat_number, 'grade', grade, 'price', price)
        ), '[]') FROM reservation_seats WHERE reservation_id = reservations.id AND active) AS seats
    FROM reservations WHERE id = ${reservationId}::uuid AND user_id = ${userId}::uuid`.execute(db)
  const row = rows[0]
  if (!row) return null
  const { id, version, status, seats } = row
  const state = { isPaying: row.is_paying, isOverdue: row.is_overdue, isOffer: row.is_offer }
  return {
    id,
    userId,
    version,
    status,
    seats,
    ...state,
    scheduleId: row.schedule_id,
    holdExpiresAt: row.hold_expires_at,
  }
}
