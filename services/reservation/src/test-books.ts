import { heldSeatsKey, holdKey, tentativeSeatsKey } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import { type Kysely, sql } from 'kysely'
import type { Database } from './store/database.ts'
import type { TestSchedule } from './test-neighbours.ts'

type Told = Record<string, unknown> & { type: string; seatIds: string[] }

/** What stands in the database and in Redis, and what time or a loss would do to it. */
export const booksOf = (db: Kysely<Database>, redis: RedisClient) => {
  const reservation = (id: string) =>
    db.selectFrom('reservations').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  /** Types and payloads of the outbox about a reservation, oldest first. */
  const published = async (reservationId: string) => {
    const rows = await db
      .selectFrom('outbox_events')
      .select(['event_type as type', 'payload'])
      .where('aggregate_id', '=', reservationId)
      .orderBy('seq')
      .execute()
    return rows.map(({ type, payload }): Told => ({ ...(payload as unknown as { payload: Told }).payload, type }))
  }
  /** Everything a call could have left behind in a schedule. */
  const traces = async (scheduleId: string) => {
    const reservations = await db
      .selectFrom('reservations')
      .select(['id', 'status', 'version', 'payment_id'])
      .where('event_schedule_id', '=', scheduleId)
      .orderBy('id')
      .execute()
    const seats = await db
      .selectFrom('reservation_seats')
      .select(['reservation_id', 'seat_id', 'active'])
      .where('schedule_id', '=', scheduleId)
      .orderBy('id')
      .execute()
    const events = await db
      .selectFrom('outbox_events')
      .select(['aggregate_id', 'event_type'])
      .where(sql<string>`payload #>> '{payload,scheduleId}'`, '=', scheduleId)
      .orderBy('seq')
      .execute()
    return { reservations, seats, events, locks: await locks(scheduleId) }
  }
  /** Held seats with the reservation that holds each. */
  const locks = async (scheduleId: string): Promise<Record<string, string | null>> => {
    const seatIds = (await redis.client.smembers(heldSeatsKey(scheduleId))).sort()
    const owners = await Promise.all(seatIds.map((seatId) => redis.client.get(holdKey(scheduleId, seatId))))
    return Object.fromEntries(seatIds.map((seatId, index) => [seatId, owners[index] ?? null]))
  }
  /** Ends a hold's time by the database's clock. */
  const makeOverdue = async (reservationId: string) => {
    const past = sql<Date>`now() - interval '1 second'`
    await db.updateTable('reservations').set({ hold_expires_at: past }).where('id', '=', reservationId).execute()
  }
  /** What a restart of Redis without its data does to the holds of a schedule. */
  const loseHolds = async ({ facts: { scheduleId }, seats }: TestSchedule) => {
    const lost = seats.map((seat) => holdKey(scheduleId, seat.id))
    await redis.client.del(heldSeatsKey(scheduleId), tentativeSeatsKey(scheduleId), ...lost)
  }
  return { reservation, published, traces, locks, makeOverdue, loseHolds }
}
