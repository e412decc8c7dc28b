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

/** A crowd after one seat learns of its loss in one moment: those who ask together are answered by one query. */
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
    WITH asked AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
        AS asked (n integer, "userId" uuid, "scheduleId" uuid, "seatIds" uuid[])
    ), found AS (
      SELECT n, id FROM asked
      JOIN reservations ON user_id = "userId" AND event_schedule_id = "scheduleId" AND status = 'PENDING'
      UNION
      SELECT n, reservation_id FROM asked CROSS JOIN unnest("seatIds") AS wanted (wanted_id)
      JOIN reservation_seats ON schedule_id = "scheduleId" AND seat_id = wanted_id AND active
    )
    SELECT n, reservations.id, user_id, status, total_amount, hold_expires_at,
      ${isOverdue} AS overdue, ${keptForMs(paymentHoldSeconds)} AS kept_for_ms,
      jsonb_agg(jsonb_build_object('seatId', seat_id, 'seatNumber', seat_number, 'grade', grade, 'price', price)) AS seats
    FROM found JOIN reservations USING (id) JOIN reservation_seats ON reservation_id = reservations.id AND active
    GROUP BY n, reservations.id`.execute(db)
  const byAsker = Map.groupBy(rows, ({ n }) => n)
  return holds.map((_hold, n) => byAsker.get(n) ?? [])
}
