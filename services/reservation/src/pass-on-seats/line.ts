import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { ReturnedSeat, WaitedFor } from '../domain/choose-returned.ts'
import type { Database } from '../store/database.ts'
import { isOverdue } from '../store/reservations.ts'

type Handle = Kysely<Database> | Transaction<Database>

/** A withheld seat, in the row that keeps it. */
export type Returned = ReturnedSeat

const returnedMax = 500

/** The withheld seats of a schedule, longest withheld first; at most 500 at a time. */
export const readReturned = (db: Handle, scheduleId: string): Promise<Returned[]> =>
  db
    .selectFrom('reservation_seats')
    .select(['id', 'seat_id', 'grade'])
    .select(sql<string>`sold_as`.as('sold_as'))
    .where('schedule_id', '=', scheduleId)
    .where('withheld_at', 'is not', null)
    .where('passed_on_at', 'is', null)
    .orderBy('withheld_at')
    .orderBy('id')
    .limit(returnedMax)
    .execute()

/** Who is next. */
export interface NextEntry extends WaitedFor {
  readonly id: string
  readonly user_id: string
}

/**
 * The first in line for whom there are enough seats of the wished grade; null if there is nobody. Who is just holding seats of
 * the schedule, or has as many of the event as one person may, keeps the place and is not next meanwhile.
 */
export async function readNext(
  db: Handle,
  schedule: InternalSchedule,
  returned: readonly Returned[],
): Promise<NextEntry | null> {
  const ofGrade = Object.fromEntries(
    [...Map.groupBy(returned, (seat) => seat.grade)].map(([grade, seats]) => [grade, seats.length]),
  )
  const { rows } = await sql<NextEntry>`
    SELECT id, user_id, grade, seats_wanted FROM waiting_list_entries AS entry
    WHERE schedule_id = ${schedule.scheduleId}::uuid AND status = 'WAITING'
      AND seats_wanted <= CASE WHEN grade IS NULL THEN ${returned.length}::int
        ELSE coalesce((${JSON.stringify(ofGrade)}::jsonb ->> grade)::int, 0) END
      AND NOT EXISTS (
        SELECT 1 FROM reservations WHERE reservations.user_id = entry.user_id
          AND reservations.event_schedule_id = entry.schedule_id AND reservations.status = 'PENDING'
      )
      AND (${schedule.rules.perPersonMax}::int IS NULL OR seats_wanted + (
        SELECT count(*) FROM reservations JOIN reservation_seats ON reservation_id = reservations.id AND active
        WHERE reservations.user_id = entry.user_id AND reservations.event_id = entry.event_id
          AND reservations.status IN ('PENDING', 'CONFIRMED') AND NOT ${isOverdue}
      ) <= ${schedule.rules.perPersonMax}::int)
    ORDER BY position LIMIT 1`.execute(db)
  return rows[0] ?? null
}
