import { sql } from 'kysely'
import { type HeldSeat, inSeatOrder } from '../domain/held-seat.ts'
import { dropStaleLocks, endOverdue, type StaleHoldsDeps } from '../stale-holds.ts'
import { isOverdue, keptForMs } from '../store/reservations.ts'
import type { HoldRefusal, MadeHold, WantedHold } from './hold.ts'

export interface ClearWayDeps extends StaleHoldsDeps {
  readonly paymentHoldSeconds: number
}

/**
 * Finds out from the rows what keeps a hold from being made. The buyer's own hold of the same seats (or what `isRepeat` takes
 * for the same) is given back, a live one of others or of other seats is a refusal; holds whose time is over are ended here rather than waited
 * for, and locks of ended reservations that Redis still has are dropped: then the way is `cleared` for another try.
 */
export async function clearWay(
  deps: ClearWayDeps,
  hold: Obstructed,
  isRepeat: (seats: readonly HeldSeat[]) => boolean = (seats) => areSeats(seats, hold.seatIds),
): Promise<MadeHold | HoldRefusal | 'cleared'> {
  const rows = await findInTheWay(deps, hold)
  const live = rows.filter((row) => !row.overdue)
  const own = live.find((row) => row.user_id === hold.userId && row.status === 'PENDING')
  if (own) return isRepeat(own.seats) ? madeHold(own) : existsAlready(own)
  const wanted = new Set(hold.seatIds)
  const taken = live.flatMap((row) => row.seats.map((seat) => seat.seatId)).filter((id) => wanted.has(id))
  if (taken.length > 0) return { refused: 'SEAT_TAKEN', seatIds: taken }
  if (rows.length > 0) await endOverdue(deps, { reservationIds: rows.map((row) => row.id), requestId: hold.requestId })
  else if (wanted.size > 0) await dropStaleLocks(deps, hold)
  return 'cleared'
}

/** A hold that cannot be made; without seats if there were none to be had. */
type Obstructed = Pick<WantedHold, 'userId' | 'scheduleId' | 'seatIds' | 'requestId'>

interface InTheWay {
  readonly id: string
  readonly user_id: string
  readonly status: string
  readonly total_amount: number
  readonly hold_expires_at: Date
  readonly overdue: boolean
  readonly kept_for_ms: number
  readonly seats: readonly HeldSeat[]
}

/** The buyer's own PENDING reservation of the schedule, and whoever's reservations the wanted seats are in. */
async function findInTheWay(deps: ClearWayDeps, hold: Obstructed): Promise<InTheWay[]> {
  const { rows } = await sql<InTheWay>`
    SELECT reservations.id, user_id, status, total_amount, hold_expires_at,
      ${isOverdue} AS overdue, ${keptForMs(deps.paymentHoldSeconds)} AS kept_for_ms,
      jsonb_agg(jsonb_build_object('seatId', seat_id, 'seatNumber', seat_number, 'grade', grade, 'price', price)) AS seats
    FROM reservations JOIN reservation_seats ON reservation_id = reservations.id AND active
    WHERE reservations.id IN (
      SELECT id FROM reservations
      WHERE user_id = ${hold.userId} AND event_schedule_id = ${hold.scheduleId} AND status = 'PENDING'
      UNION
      SELECT reservation_id FROM reservation_seats
      WHERE schedule_id = ${hold.scheduleId} AND seat_id = ANY (${[...hold.seatIds]}::uuid[]) AND active
    )
    GROUP BY reservations.id`.execute(deps.db)
  return rows
}

function areSeats(seats: readonly HeldSeat[], seatIds: readonly string[]): boolean {
  const held = new Set(seats.map((seat) => seat.seatId))
  return held.size === seatIds.length && seatIds.every((id) => held.has(id))
}

const madeHold = (row: InTheWay): MadeHold => ({
  reservationId: row.id,
  seats: inSeatOrder(row.seats),
  totalAmount: row.total_amount,
  holdExpiresAt: row.hold_expires_at.toISOString(),
  keptForMs: row.kept_for_ms,
})

const existsAlready = (row: InTheWay): HoldRefusal => ({
  refused: 'HOLD_EXISTS',
  reservationId: row.id,
  holdExpiresAt: row.hold_expires_at.toISOString(),
})
