import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { CatalogueSeat } from '../catalogue.ts'
import { currentPolicy } from '../domain/cancellation-policies.ts'
import { totalOf } from '../domain/held-seat.ts'
import { offersEndAt } from '../domain/offer-window.ts'
import type { Database } from '../store/database.ts'
import type { NextEntry, Returned } from './line.ts'

/** The seats of the schedule by ID, as the catalogue prices them. */
export type CatalogueSeats = ReadonlyMap<string, CatalogueSeat>

export interface OfferTerms {
  readonly offerMinutes: number
  readonly holdSeconds: number
}

interface Offer {
  readonly schedule: InternalSchedule
  readonly seats: CatalogueSeats
  readonly chosen: readonly Returned[]
  readonly entry: NextEntry
}

/**
 * Makes the offer in the caller's transaction: the seats pass from the rows that kept them to a PENDING reservation of the
 * person's own, the place is OFFERED, `WaitingListOffered` tells it. Throws a conflict that the caller tries again after
 * if a row is no longer as it was read.
 */
export async function writeOffer(trx: Transaction<Database>, terms: OfferTerms, offer: Offer): Promise<void> {
  const { schedule, chosen, entry } = offer
  await takeEntry(trx, entry.id)
  await takeSeats(trx, chosen)
  const sold = new Map(chosen.map((seat) => [seat.seat_id, seat.sold_as]))
  const seats = chosen
    .flatMap(({ seat_id }) => offer.seats.get(seat_id) ?? [])
    .map(({ id, seatNumber, grade, price }) => ({ id, seatNumber, grade, price, soldAs: sold.get(id) }))
  if (seats.length !== chosen.length) throw new Error(`schedule ${schedule.scheduleId} lacks seats that it has sold`)
  const reservationId = uuidv7()
  const { rows } = await sql<{ hold_expires_at: Date }>`
    WITH reserved AS (
      INSERT INTO reservations (id, user_id, event_id, event_schedule_id, status, total_amount, event_title, artist,
        venue_name, hall_name, event_start_at, cancellation_policy, waiting_list_entry_id, hold_expires_at)
      VALUES (${reservationId}::uuid, ${entry.user_id}::uuid, ${schedule.eventId}::uuid, ${schedule.scheduleId}::uuid,
        'PENDING', ${totalOf(seats)}::bigint, ${schedule.eventTitle}, ${schedule.artist}, ${schedule.venueName},
        ${schedule.hallName}, ${schedule.eventStartAt}::timestamptz, ${currentPolicy}, ${entry.id}::uuid,
        least(now() + make_interval(mins => ${terms.offerMinutes}), ${offersEndAt(schedule)}::timestamptz))
      RETURNING id, event_schedule_id, hold_expires_at
    ), seated AS (
      INSERT INTO reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price, sold_as)
      SELECT reserved.id, reserved.event_schedule_id, seat.id, seat."seatNumber", seat.grade, seat.price, seat."soldAs"
      FROM reserved, jsonb_to_recordset(${JSON.stringify(seats)}::jsonb)
        AS seat (id uuid, "seatNumber" text, grade text, price bigint, "soldAs" uuid)
      ORDER BY seat.id
    )
    SELECT hold_expires_at FROM reserved`.execute(trx)
  const offerExpiresAt = (rows[0]?.hold_expires_at ?? new Date(0)).toISOString()
  const facts = { reservationId, entryId: entry.id, userId: entry.user_id, offerExpiresAt }
  const { eventId, scheduleId } = schedule
  const seatIds = seats.map((seat) => seat.id)
  await addToOutbox(
    trx,
    newEvent('WaitingListOffered', {
      aggregateId: reservationId,
      correlationId: uuidv7(),
      userId: entry.user_id,
      payload: { ...facts, eventId, scheduleId, seatIds, totalAmount: totalOf(seats) },
    }),
  )
}

async function takeEntry(trx: Transaction<Database>, entryId: string): Promise<void> {
  const taken = await trx
    .updateTable('waiting_list_entries')
    .set({ status: 'OFFERED' })
    .where('id', '=', entryId)
    .where('status', '=', 'WAITING')
    .executeTakeFirst()
  if (taken.numUpdatedRows !== 1n) throw new StaleLine()
}

async function takeSeats(trx: Transaction<Database>, chosen: readonly Returned[]): Promise<void> {
  const { rows } = await sql`
    UPDATE reservation_seats SET active = false, passed_on_at = now()
    WHERE id = ANY (${chosen.map((seat) => seat.id)}::uuid[]) AND withheld_at IS NOT NULL AND passed_on_at IS NULL
    RETURNING id`.execute(trx)
  if (rows.length !== chosen.length) throw new StaleLine()
}

/** Somebody left, or seats went another way, after the line was read. */
export class StaleLine extends Error {}
