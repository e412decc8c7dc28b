import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { type RawBuilder, sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { EndedSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

const batchSize = 200

/**
 * Lets withheld seats of a schedule go, oldest first, at most 200: rows inactive and `SeatsReleased` in one transaction. Any
 * number of processes may do it at once: each skips what another one has locked. Gives the seats by the reservation that kept them.
 */
export async function releaseDue(
  trx: Transaction<Database>,
  scheduleId: string,
  isDue: RawBuilder<boolean>,
): Promise<EndedSeats[]> {
  const { rows } = await sql<Released>`
    UPDATE reservation_seats SET active = false, passed_on_at = now() FROM reservations
    WHERE reservations.id = reservation_id AND reservation_seats.id IN (
      SELECT id FROM reservation_seats
      WHERE schedule_id = ${scheduleId}::uuid AND withheld_at IS NOT NULL AND passed_on_at IS NULL AND ${isDue}
      ORDER BY withheld_at, id LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
    )
    RETURNING reservation_id, seat_id, sold_as, event_id, passed_on_at`.execute(trx)
  await addToOutbox(trx, eventsOf(scheduleId, rows))
  const byHolder = Map.groupBy(rows, (row) => row.reservation_id)
  return [...byHolder].map(([reservationId, seats]) => ({
    reservationId,
    scheduleId,
    seatIds: seats.map((seat) => seat.seat_id),
    wasConfirmed: true,
  }))
}

interface Released {
  readonly reservation_id: string
  readonly seat_id: string
  readonly sold_as: string
  readonly event_id: string
  readonly passed_on_at: Date
}

const eventsOf = (scheduleId: string, rows: readonly Released[]) =>
  [...Map.groupBy(rows, (row) => row.sold_as)].flatMap(([reservationId, seats]) => {
    const [first] = seats
    if (!first) return []
    const payload = {
      reservationId,
      eventId: first.event_id,
      scheduleId,
      seatIds: seats.map((seat) => seat.seat_id),
      releasedAt: first.passed_on_at.toISOString(),
    }
    return newEvent('SeatsReleased', { aggregateId: reservationId, correlationId: uuidv7(), payload })
  })

/**
 * Which withheld seats everybody may have by now (decision 0017), judged by the database's clock: of a BATCHED event those withheld
 * before its last time of day in Seoul, and those whose batch would come after the end of the sale; else all, also where
 * the policy has become another one, the show is off or unknown.
 */
export function isDueBy(schedule: InternalSchedule | null): RawBuilder<boolean> {
  const release = schedule?.rules.release
  if (release?.policy !== 'BATCHED' || release.at === null || isOver(schedule)) return sql`true`
  const withheldAt = sql`(withheld_at AT TIME ZONE 'Asia/Seoul')`
  const at = sql`${release.at}::time`
  const batchAt = sql`((${withheldAt}::date + ${at}
    + CASE WHEN ${withheldAt}::time < ${at} THEN interval '0' ELSE interval '1 day' END) AT TIME ZONE 'Asia/Seoul')`
  return sql`(
    ${batchAt} <= now() OR ${batchAt} >= ${schedule?.saleEndAt}::timestamptz
    OR EXISTS (SELECT 1 FROM cancelled_schedules WHERE cancelled_schedules.schedule_id = reservation_seats.schedule_id)
  )`
}

const isOver = (schedule: InternalSchedule | null) =>
  schedule === null || schedule.status === 'CANCELLED' || schedule.status === 'ENDED' || schedule.eventStatus !== 'OPEN'
