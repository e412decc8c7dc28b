import type { HeldSeat } from '../domain/held-seat.ts'
import type { LimitExceeded } from '../store/person-limit.ts'

/** A reservation as its owner sees it before the change. */
export interface SeenHold {
  readonly id: string
  readonly userId: string
  readonly version: number
  readonly status: 'PENDING' | 'CONFIRMED' | 'CANCELLED'
  readonly isPaying: boolean
  readonly isOverdue: boolean
  /** Offered from the waiting list. */
  readonly isOffer: boolean
  readonly scheduleId: string
  readonly holdExpiresAt: Date
  readonly seats: readonly HeldSeat[]
}

/** What has to become of the seats: those in `kept` stay as they are, at the price they were held for. */
export interface Change {
  readonly kept: readonly HeldSeat[]
  readonly added: readonly HeldSeat[]
  readonly droppedIds: readonly string[]
}

/** A hold after the change, as its row has it. */
export interface ChangedHold {
  readonly reservationId: string
  readonly seats: readonly HeldSeat[]
  readonly totalAmount: number
  readonly holdExpiresAt: string
}

/** What needs no more to be said. */
export type StateRefusal =
  | 'RESERVATION_NOT_FOUND'
  | 'SCHEDULE_NOT_FOUND'
  | 'SALE_NOT_OPEN'
  | 'SEAT_LIMIT_EXCEEDED'
  | 'NOT_PENDING'
  | 'OFFER_FIXED'
  | 'PAYMENT_IN_PROGRESS'
  | 'SEATS_UNDECIDED'

/** Why the seats stay as they are; members beside `refused` become members of the problem answer. */
export type ChangeRefusal =
  | LimitExceeded
  | { refused: StateRefusal }
  | { refused: 'SEAT_UNKNOWN' | 'SEAT_TAKEN' | 'LEAVES_SINGLE_SEAT'; seatIds: string[] }

/** The difference between the seats held and those wanted. */
export function changeOf(held: readonly HeldSeat[], wanted: readonly HeldSeat[]): Change {
  const wantedIds = new Set(wanted.map((seat) => seat.seatId))
  const heldIds = new Set(held.map((seat) => seat.seatId))
  return {
    kept: held.filter((seat) => wantedIds.has(seat.seatId)),
    added: wanted.filter((seat) => !heldIds.has(seat.seatId)),
    droppedIds: held.map((seat) => seat.seatId).filter((id) => !wantedIds.has(id)),
  }
}
