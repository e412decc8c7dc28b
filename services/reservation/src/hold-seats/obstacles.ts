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
  readonly event_schedule_id: string
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

const holdsMax = 250

/**
 * A crowd after one seat learns of its loss in one moment: those who ask together are answered by one query, in which a seat that
 * many want is one. People and seats are looked up by index (LATERAL, OFFSET 0): in the first minutes of a sale the tables have
 * grown faster than their statistics, and whole tables would be read.
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
  const people = holds.map(({ userId, scheduleId }) => ({ userId, scheduleId }))
  const seatsBySchedule = new Map<string, Set<string>>()
  for (const { scheduleId, seatIds } of holds) {
    const seats = seatsBySchedule.get(scheduleId) ?? new Set()
    for (const seatId of seatIds) seats.add(seatId)
    seatsBySchedule.set(scheduleId, seats)
  }
  const seats = [...seatsBySchedule].flatMap(([scheduleId, ids]) => [...ids].map((seatId) => ({ scheduleId, seatId })))
  const { rows } = await sql<Obstacle>`
    SELECT reservation.*
    FROM (
        SELECT own.id AS reservation_id
        FROM jsonb_to_recordset(${JSON.stringify(people)}::jsonb) AS asked ("userId" uuid, "scheduleId" uuid)
          CROSS JOIN LATERAL (
            SELECT id FROM reservations
            WHERE user_id = "userId" AND event_schedule_id = "scheduleId" AND status = 'PENDING'
            OFFSET 0
          ) AS own
        UNION
        SELECT others.reservation_id
        FROM jsonb_to_recordset(${JSON.stringify(seats)}::jsonb) AS asked ("scheduleId" uuid, "seatId" uuid)
          CROSS JOIN LATERAL (
            SELECT reservation_id FROM reservation_seats
            WHERE schedule_id = "scheduleId" AND seat_id = "seatId" AND active
            OFFSET 0
          ) AS others
      ) AS found
      CROSS JOIN LATERAL (
        SELECT id, user_id, event_schedule_id, status, total_amount, hold_expires_at,
          ${isOverdue} AS overdue, ${keptForMs(paymentHoldSeconds)} AS kept_for_ms,
          (SELECT jsonb_agg(jsonb_build_object('seatId', seat_id, 'seatNumber', seat_number, 'grade', grade, 'price', price))
            FROM reservation_seats WHERE reservation_seats.reservation_id = reservations.id AND active) AS seats
        FROM reservations WHERE id = found.reservation_id
        OFFSET 0
      ) AS reservation
    WHERE seats IS NOT NULL`.execute(db)
  return whoseObstacles(rows, holds)
}

/** For each hold its buyer's own PENDING reservation and those that have one of its seats. */
function whoseObstacles(rows: readonly Obstacle[], holds: readonly Obstructed[]): Obstacle[][] {
  const isPending = ({ status }: Obstacle) => status === 'PENDING'
  const own = new Map(rows.filter(isPending).map((row) => [`${row.user_id} ${row.event_schedule_id}`, row]))
  const bySeat = new Map(
    rows.flatMap((row) => row.seats.map(({ seatId }) => [`${seatId} ${row.event_schedule_id}`, row] as const)),
  )
  return holds.map(({ userId, scheduleId, seatIds }) => {
    const found = [
      own.get(`${userId} ${scheduleId}`),
      ...seatIds.map((seatId) => bySeat.get(`${seatId} ${scheduleId}`)),
    ]
    return [...new Set(found.filter((row) => row !== undefined))]
  })
}
