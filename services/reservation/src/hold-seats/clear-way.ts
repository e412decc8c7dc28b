import { type HeldSeat, inSeatOrder } from '../domain/held-seat.ts'
import { dropStaleLocks, endOverdue, type StaleHoldsDeps } from '../stale-holds.ts'
import type { HoldRefusal, MadeHold } from './hold.ts'
import type { Obstacle, Obstacles, Obstructed } from './obstacles.ts'

export interface ClearWayDeps extends StaleHoldsDeps {
  readonly obstacles: Obstacles
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
  const rows = await deps.obstacles.find(hold)
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

function areSeats(seats: readonly HeldSeat[], seatIds: readonly string[]): boolean {
  const held = new Set(seats.map((seat) => seat.seatId))
  return held.size === seatIds.length && seatIds.every((id) => held.has(id))
}

const madeHold = (row: Obstacle): MadeHold => ({
  reservationId: row.id,
  seats: inSeatOrder(row.seats),
  totalAmount: row.total_amount,
  holdExpiresAt: row.hold_expires_at.toISOString(),
  keptForMs: row.kept_for_ms,
})

const existsAlready = (row: Obstacle): HoldRefusal => ({
  refused: 'HOLD_EXISTS',
  reservationId: row.id,
  holdExpiresAt: row.hold_expires_at.toISOString(),
})
