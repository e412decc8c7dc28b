import { releaseSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { currentPolicy } from '../domain/cancellation-policies.ts'
import { inSeatOrder, totalOf } from '../domain/held-seat.ts'
import type { Database } from '../store/database.ts'
import { withinPersonLimit } from '../store/person-limit.ts'
import { seatConflict } from '../store/seat-conflict.ts'
import type { HoldRefusal, MadeHold, WantedHold } from './hold.ts'

export interface WriteHoldDeps {
  readonly db: Kysely<Database>
  readonly holdSeconds: number
}

export interface WriteOrReleaseDeps extends WriteHoldDeps {
  readonly redis: RedisClient
  readonly log: Log
}

/**
 * As `writeHold`, for seats that are locked: whoever waits for a tentative hold learns at once that nothing came of it, also
 * after an error.
 */
export async function writeOrRelease(deps: WriteOrReleaseDeps, hold: WantedHold) {
  let isMade = false
  try {
    const written = await writeHold(deps, hold)
    isMade = written !== 'in-the-way' && !('refused' in written)
    return written
  } finally {
    if (!isMade) await releaseSeats(deps.redis, hold).catch((err) => deps.log.warn({ err }, 'a hold was not released'))
  }
}

/**
 * Writes the PENDING reservation with its seats in one statement, all or nothing (RSV-001, RSV-005). The unique indexes
 * have the last word, whatever Redis said: `in-the-way` means that a row of somebody's (or an earlier one of this buyer's)
 * was there first. Whether the sale is open is judged by this database's clock, how many seats the person has of the event
 * where the organiser limits that.
 */
export async function writeHold(deps: WriteHoldDeps, hold: WantedHold): Promise<MadeHold | HoldRefusal | 'in-the-way'> {
  const { schedule } = hold
  if (schedule.status === 'CANCELLED' || schedule.eventStatus !== 'OPEN') return { refused: 'SALE_NOT_OPEN' }
  try {
    return await insertWithinLimit(deps, hold)
  } catch (error) {
    const conflict = seatConflict(error)
    if (conflict === null) throw error
    return conflict === 'in-the-way' ? conflict : { refused: 'SEATS_UNDECIDED' }
  }
}

function insertWithinLimit(deps: WriteHoldDeps, hold: WantedHold): Promise<MadeHold | HoldRefusal> {
  const { userId, scheduleId, schedule, seats } = hold
  const { perPersonMax } = schedule.rules
  if (perPersonMax === null) return insert(deps, hold)
  const limit = {
    userId,
    eventId: schedule.eventId,
    seatsMax: perPersonMax,
    wanted: seats.length,
    instead: { scheduleId },
  }
  return withinPersonLimit(deps.db, limit, (trx) => insert({ ...deps, db: trx }, hold))
}

async function insert(deps: WriteHoldDeps, hold: WantedHold): Promise<MadeHold | HoldRefusal> {
  const { rows } = await insertion(deps, hold).execute(deps.db)
  return rows[0] ? madeHold(deps, hold, rows[0].hold_expires_at) : { refused: 'SALE_NOT_OPEN' }
}

/**
 * Seats go in in one order for everybody, so that two buyers with crossing seats meet at the same row first and neither
 * waits for the other in a ring.
 */
function insertion(deps: WriteHoldDeps, hold: WantedHold): RawBuilder<{ hold_expires_at: Date }> {
  const { schedule, seats } = hold
  return sql`
    WITH reserved AS (
      INSERT INTO reservations (id, user_id, event_id, event_schedule_id, status, total_amount,
        event_title, artist, venue_name, hall_name, event_start_at, cancellation_policy, hold_expires_at)
      SELECT ${hold.reservationId}::uuid, ${hold.userId}::uuid, ${schedule.eventId}::uuid, ${hold.scheduleId}::uuid,
        'PENDING', ${totalOf(hold.seats)}::bigint, ${schedule.eventTitle}, ${schedule.artist}, ${schedule.venueName},
        ${schedule.hallName}, ${schedule.eventStartAt}::timestamptz, ${currentPolicy}, now() + make_interval(secs => ${deps.holdSeconds})
      WHERE now() >= ${schedule.saleStartAt}::timestamptz AND now() < ${schedule.saleEndAt}::timestamptz
        AND NOT EXISTS (SELECT 1 FROM cancelled_schedules WHERE schedule_id = ${hold.scheduleId}::uuid)
      RETURNING id, event_schedule_id, hold_expires_at
    ), seated AS (
      INSERT INTO reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price)
      SELECT reserved.id, reserved.event_schedule_id, seat.id, seat."seatNumber", seat.grade, seat.price
      FROM reserved, jsonb_to_recordset(${JSON.stringify(seats)}::jsonb)
        AS seat (id uuid, "seatNumber" text, grade text, price bigint)
      ORDER BY seat.id
    )
    SELECT hold_expires_at FROM reserved`
}

function madeHold(deps: WriteHoldDeps, hold: WantedHold, holdExpiresAt: Date): MadeHold {
  const seats = hold.seats.map(({ id, seatNumber, grade, price }) => ({ seatId: id, seatNumber, grade, price }))
  return {
    reservationId: hold.reservationId,
    seats: inSeatOrder(seats),
    totalAmount: totalOf(hold.seats),
    holdExpiresAt: holdExpiresAt.toISOString(),
    keptForMs: deps.holdSeconds * 1000,
  }
}
