import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { totalOf } from '../domain/held-seat.ts'
import type { Database } from '../store/database.ts'
import { type LimitExceeded, withinPersonLimit } from '../store/person-limit.ts'
import { isScheduleCancelled } from '../store/reservations.ts'
import { seatConflict } from '../store/seat-conflict.ts'
import type { Change, SeenHold } from './change.ts'

/**
 * Exchanges the seats in one statement, so that the rows have either set, whatever dies (S5 of reliability.md): dropped rows
 * inactive, new rows in, the sum that of kept and new ones. The end of the hold stays. `no-longer`: the reservation is not
 * as it was seen, a payment or the end of its hold came first, or the sale is over. Where the organiser limits what a person
 * may have of the event, further seats are counted in the same transaction.
 */
export async function writeChange(
  db: Kysely<Database>,
  input: { seen: SeenHold; change: Change; schedule: InternalSchedule },
): Promise<'written' | 'in-the-way' | 'undecided' | 'no-longer' | LimitExceeded> {
  try {
    return await writeWithinLimit(db, input)
  } catch (error) {
    const conflict = seatConflict(error)
    if (conflict === null) throw error
    return conflict
  }
}

type ChangeInput = Parameters<typeof writeChange>[1]

async function writeWithinLimit(db: Kysely<Database>, input: ChangeInput) {
  const { seen, change, schedule } = input
  const seatsMax = schedule.rules.perPersonMax
  const write = async (handle: Kysely<Database>) => {
    const { rows } = await exchange(input).execute(handle)
    return rows.length === 1 ? ('written' as const) : ('no-longer' as const)
  }
  if (seatsMax === null || change.added.length <= change.droppedIds.length) return write(db)
  const wanted = change.kept.length + change.added.length
  const { id: reservationId, userId } = seen
  const limit = { userId, eventId: schedule.eventId, seatsMax, wanted, instead: { reservationId } }
  return withinPersonLimit(db, limit, write)
}

function exchange({ seen, change, schedule }: ChangeInput): RawBuilder<{ id: string }> {
  const { kept, added, droppedIds } = change
  return sql`
    WITH changed AS (
      UPDATE reservations SET total_amount = ${totalOf(kept) + totalOf(added)}::bigint, version = version + 1
      WHERE id = ${seen.id}::uuid AND version = ${seen.version}
        AND status = 'PENDING' AND payment_started_at IS NULL AND hold_expires_at > now() AND waiting_list_entry_id IS NULL
        AND now() >= ${schedule.saleStartAt}::timestamptz AND now() < ${schedule.saleEndAt}::timestamptz
        AND NOT ${isScheduleCancelled}
      RETURNING id, event_schedule_id
    ), dropped AS (
      UPDATE reservation_seats SET active = false, dropped_at = now() FROM changed
      WHERE reservation_id = changed.id AND active AND seat_id = ANY (${[...droppedIds]}::uuid[])
    ), added AS (
      INSERT INTO reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price)
      SELECT changed.id, changed.event_schedule_id, seat."seatId", seat."seatNumber", seat.grade, seat.price
      FROM changed, jsonb_to_recordset(${JSON.stringify(added)}::jsonb)
        AS seat ("seatId" uuid, "seatNumber" text, grade text, price bigint)
      ORDER BY seat."seatId"
    )
    SELECT id FROM changed`
}
