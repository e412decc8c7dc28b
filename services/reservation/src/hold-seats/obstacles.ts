import DataLoader from 'dataloader'
import { type Kysely, sql } from 'kysely'
import type { HeldSeat } from '../domain/held-seat.ts'
import type { Database } from '../store/database.ts'
import { isOverdue, keptForMs } from '../store/reservations.ts'
import type { WantedHold } from './hold.ts'

/** A hold that cannot be made; without seats if there were none to be had. */
export type Obstructed = Pick<WantedHold, 'userId' | 'scheduleId' | 'seatIds' | 'requestId'>

/** A reservation in the way of a hold, with the seats that it has. */
export interface Obstacle {
  readonly id: string
  readonly user_id: string
  readonly status: string
  readonly total_amount: number
  readonly hold_expires_at: Date
  readonly overdue: boolean
  readonly kept_for_ms: number
  readonly seats: readonly HeldSeat[]
}

/** Looks up what is in the way of holds. */
export interface Obstacles {
  /** The buyer's own PENDING reservation of the schedule, and whoever's reservations the wanted seats are in, as they are now. */
  find(hold: Obstructed): Promise<readonly Obstacle[]>
}

const holdsMax = 100

/**
 * A crowd after one seat learns of its loss in one moment: those who ask together are answered by one query. Each asker is
 * looked up by index (LATERAL, OFFSET 0): in the first minutes of a sale the tables have grown faster than their statistics,
 * and whole tables would be read.
 */
export function createObstacles(deps: {
  readonly db: Kysely<Database>
  readonly paymentHoldSeconds: number
}): Obstacles {
  const loader = new DataLoader<Obstructed, readonly Obstacle[]>((holds) => findAll(deps, holds), {
    cache: false,
    maxBatchSize: holdsMax,
  })
  return { find: (hold) => loader.load(hold) }
}

async function findAll(
  { db, paymentHoldSeconds }: Parameters<typeof createObstacles>[0],
  holds: readonly Obstructed[],
): Promise<readonly Obstacle[][]> {
  const asked = holds.map(({ userId, scheduleId, seatIds }, n) => ({ n, userId, scheduleId, seatIds }))
  const { rows } = await sql<Obstacle & { readonly n: number }>`
    SELECT n, reservation.*
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
        AS asked (n integer, "userId" uuid, "scheduleId" uuid, "seatIds" uuid[])
      CROSS JOIN LATERAL (
        SELECT id AS reservation_id FROM reservations
        WHERE user_id = "userId" AND event_schedule_id = "scheduleId" AND status = 'PENDING'
        UNION
        SELECT reservation_id FROM reservation_seats
        WHERE schedule_id = "scheduleId" AND seat_id = ANY ("seatIds") AND active
      ) AS found
      CROSS JOIN LATERAL (
        SELECT id, user_id, status, total_amount, hold_expires_at,
          ${isOverdue} AS overdue, ${keptForMs(paymentHoldSeconds)} AS kept_for_ms,
          (SELECT jsonb_agg(jsonb_build_object('seatId', seat_id, 'seatNumber', seat_number, 'grade', grade, 'price', price))
            FROM reservation_seats WHERE reservation_seats.reservation_id = reservations.id AND active) AS seats
        FROM reservations WHERE id = found.reservation_id
        OFFSET 0
      ) AS reservation
    WHERE seats IS NOT NULL`.execute(db)
  const byAsker = Map.groupBy(rows, ({ n }) => n)
  return holds.map((_hold, n) => byAsker.get(n) ?? [])
}
