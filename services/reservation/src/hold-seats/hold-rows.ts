import { groupWork, isConnectionError } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import { currentPolicy } from '../domain/cancellation-policies.ts'
import { totalOf } from '../domain/held-seat.ts'
import type { Database } from '../store/database.ts'
import { seatConflict } from '../store/seat-conflict.ts'
import type { WantedHold } from './hold.ts'

/** When a hold ends, by the database's clock; null if the sale is not open. */
export type HoldEnd = Date | null

/** Writes rows of holds. */
export interface HoldRows {
  /**
   * Writes a hold with its seats in one transaction. Those who ask together, or while two groups are being written, are written
   * together: a commit needs one flush, however many holds it has. Throws what the database says of this hold, as if it had been written alone.
   */
  insert(hold: WantedHold): Promise<HoldEnd>
}

const holdsMax = 50
/** Somebody's open transaction about one seat keeps the others of a group no longer; who meets it waits on alone. */
const lockTimeoutMs = 200

export function createHoldRows(deps: { readonly db: Kysely<Database>; readonly holdSeconds: number }): HoldRows {
  const { db, holdSeconds } = deps
  const writeTogether = groupWork(
    (holds: readonly WantedHold[]) => {
      const isAlone = holds.length === 1
      return insertHolds(db, { holdSeconds, lockTimeoutMs }, holds).then(
        (ends): readonly Written[] => ends.map((end) => ({ end, isAlone })),
        (error: unknown) => holds.map(() => ({ error, isAlone })),
      )
    },
    { itemsMax: holdsMax, groupsAtOnce: 2 },
  )
  return {
    async insert(hold) {
      const written = await writeTogether(hold)
      if ('end' in written) {
        if (written.isAlone || written.end !== null) return written.end
      } else {
        const { error, isAlone } = written
        // A statement that the database has refused has written nothing; of one that was not answered nobody knows.
        if (isConnectionError(error) || (isAlone && seatConflict(error) !== 'undecided')) throw error
      }
      // Alone it is told what others are in the way of, or that the sale is not open.
      const [end = null] = await insertHolds(db, { holdSeconds }, [hold])
      return end
    },
  }
}

type Written = ({ readonly end: HoldEnd } | { readonly error: unknown }) & { readonly isAlone: boolean }

/** So that a person who has a hold already (`reservations_one_pending`) makes nobody else's statement fail. */
const skipThoseWithAHold = sql`ON CONFLICT (user_id, event_schedule_id) WHERE status = 'PENDING' DO NOTHING`
const nobodySkipped = sql``

/**
 * Writes PENDING reservations with their seats in one statement, all or nothing, and waits no longer than `lockTimeoutMs` (the
 * role's own unless told otherwise) for somebody else's row. Gives their ends in the same order; of several, null also for who has
 * a PENDING reservation of the schedule already, while one alone is refused by the index. People go in
 * in one order for everybody, then seats do: two statements that meet in several rows meet in the same one first, and neither
 * waits for the other in a ring.
 */
export async function insertHolds(
  db: Kysely<Database>,
  { holdSeconds, lockTimeoutMs }: { readonly holdSeconds: number; readonly lockTimeoutMs?: number },
  holds: readonly WantedHold[],
): Promise<readonly HoldEnd[]> {
  const schedules = [...new Set(holds.map(({ schedule }) => schedule))]
  const asked = holds.map((hold) => ({
    id: hold.reservationId,
    userId: hold.userId,
    s: schedules.indexOf(hold.schedule),
    totalAmount: totalOf(hold.seats),
  }))
  const seats = holds.flatMap(({ reservationId, seats }) =>
    seats.map(({ id, seatNumber, grade, price }) => ({ r: reservationId, id, seatNumber, grade, price })),
  )
  const facts = schedules.map((schedule, s) => ({ ...schedule, s }))
  const lockTimeout = lockTimeoutMs === undefined ? null : `${lockTimeoutMs}ms`
  const { rows } = await sql<{ id: string; hold_expires_at: Date }>`
    WITH reserved AS (
      INSERT INTO reservations (id, user_id, event_id, event_schedule_id, status, total_amount,
        event_title, artist, venue_name, hall_name, event_start_at, cancellation_policy, hold_expires_at)
      SELECT asked.id, "userId", "eventId", "scheduleId", 'PENDING', "totalAmount",
        "eventTitle", artist, "venueName", "hallName", "eventStartAt", ${currentPolicy},
        now() + make_interval(secs => ${holdSeconds})
      FROM json_to_recordset(${JSON.stringify(asked)}::json)
          AS asked (id uuid, "userId" uuid, s integer, "totalAmount" bigint)
        JOIN json_to_recordset(${JSON.stringify(facts)}::json)
          AS schedule (s integer, "eventId" uuid, "scheduleId" uuid, "eventTitle" text, artist text, "venueName" text,
            "hallName" text, "eventStartAt" timestamptz, "saleStartAt" timestamptz, "saleEndAt" timestamptz) USING (s)
      WHERE now() >= "saleStartAt" AND now() < "saleEndAt"
        AND NOT EXISTS (SELECT 1 FROM cancelled_schedules WHERE schedule_id = "scheduleId")
        AND (${lockTimeout}::text IS NULL OR set_config('lock_timeout', ${lockTimeout}::text, true) IS NOT NULL)
      ORDER BY "userId", "scheduleId"
      ${holds.length > 1 ? skipThoseWithAHold : nobodySkipped}
      RETURNING id, event_schedule_id, hold_expires_at
    ), seated AS (
      INSERT INTO reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price)
      SELECT reserved.id, reserved.event_schedule_id, seat.id, seat."seatNumber", seat.grade, seat.price
      FROM reserved JOIN json_to_recordset(${JSON.stringify(seats)}::json)
        AS seat (r uuid, id uuid, "seatNumber" text, grade text, price bigint) ON seat.r = reserved.id
      ORDER BY seat.id
    )
    SELECT id, hold_expires_at FROM reserved`.execute(db)
  const ends = new Map(rows.map((row) => [row.id, row.hold_expires_at]))
  return holds.map(({ reservationId }) => ends.get(reservationId) ?? null)
}
