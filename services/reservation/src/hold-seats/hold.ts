import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import type { CatalogueSeat } from '../catalogue.ts'
import type { HeldSeat } from '../domain/held-seat.ts'
import type { LimitExceeded } from '../store/person-limit.ts'

/** A hold somebody asks for, with what the catalogue says of it; `reservationId` is the one it gets if it is made. */
export interface WantedHold {
  readonly reservationId: string
  readonly userId: string
  readonly scheduleId: string
  readonly seatIds: readonly string[]
  readonly schedule: InternalSchedule
  readonly seats: readonly CatalogueSeat[]
  readonly requestId: string
}

/** A hold as its row has it; Redis has to keep its seats for `keptForMs`, measured by the database's clock. */
export interface MadeHold {
  readonly reservationId: string
  readonly seats: readonly HeldSeat[]
  readonly totalAmount: number
  readonly holdExpiresAt: string
  readonly keptForMs: number
}

/** Why no hold was made; members beside `refused` become members of the problem answer. */
export type HoldRefusal =
  | LimitExceeded
  | { refused: 'SCHEDULE_NOT_FOUND' | 'SALE_NOT_OPEN' | 'SEAT_LIMIT_EXCEEDED' | 'SEATS_UNDECIDED' }
  | { refused: 'SEAT_UNKNOWN' | 'SEAT_TAKEN' | 'LEAVES_SINGLE_SEAT'; seatIds: string[] }
  | { refused: 'NO_SEATS_TOGETHER' | 'NOT_ENOUGH_SEATS'; seatsLeft: number }
  | { refused: 'HOLD_EXISTS'; reservationId: string; holdExpiresAt: string }
