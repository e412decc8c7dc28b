import type { ReservationOutcome } from '@ticket-queue/contracts/http/reservation'
import { z } from 'zod'

/**
 * News of a sale needs this long at most to reach both services; what differs for longer will not mend itself. Both sides
 * count by the clock of their database.
 */
export const inFlightSeconds = 30

/** A seat of which the services say different things (EVT-023). */
export const differenceSchema = z.object({
  /** MISSING: confirmed, but not SOLD here. EXTRA: SOLD here, but not confirmed. OTHER_OWNER: both, for two reservations. */
  kind: z.enum(['MISSING', 'EXTRA', 'OTHER_OWNER']),
  seatId: z.uuid(),
  seatNumber: z.string(),
  /** Whose state decides: that of MISSING and OTHER_OWNER is confirmed, that of EXTRA is not. */
  reservationId: z.uuid(),
  /** Whom the event service has sold the seat to. */
  soldTo: z.uuid().nullable(),
  /** Whether the news may still be under way. */
  inFlight: z.boolean(),
  /** PENDING: money has come and the reservation does not know it yet. */
  reservationStatus: z.enum(['PENDING', 'CONFIRMED', 'CANCELLED', 'UNKNOWN']),
})
export type Difference = z.infer<typeof differenceSchema>

/** A seat as the event service has it; `soldSeconds` is for how long. */
export type SoldSeat = { seatId: string; seatNumber: string; soldTo: string | null; soldSeconds: number }

/**
 * Compares the seats of one reservation as they stood here before `outcome` was asked for, with that answer. In this order
 * a difference older than `inFlightSeconds` is one: the reservation had been as it is for all that time.
 */
export function differencesOf(
  reservationId: string,
  seats: readonly SoldSeat[],
  outcome: ReservationOutcome | null,
): Difference[] {
  const confirmed = new Set(outcome?.status === 'CONFIRMED' ? outcome.seatIds : outcome?.withheldSeatIds)
  const reservationStatus = outcome?.status ?? 'UNKNOWN'
  return seats.flatMap((seat): Difference[] => {
    const kind = kindOf(confirmed.has(seat.seatId), seat.soldTo, reservationId)
    if (kind === null) return []
    const { soldSeconds, ...known } = seat
    // While it is PENDING, and of an unknown one, only this side knows since when.
    const knownSeconds = outcome === null || outcome.status === 'PENDING' ? soldSeconds : outcome.sinceSeconds
    const seconds = kind === 'EXTRA' && confirmed.size > 0 ? Math.min(knownSeconds, soldSeconds) : knownSeconds
    return [{ kind, ...known, reservationId, inFlight: seconds < inFlightSeconds, reservationStatus }]
  })
}

function kindOf(isConfirmed: boolean, soldTo: string | null, reservationId: string): Difference['kind'] | null {
  if (isConfirmed) {
    if (soldTo === null) return 'MISSING'
    return soldTo === reservationId ? null : 'OTHER_OWNER'
  }
  return soldTo === reservationId ? 'EXTRA' : null
}

/**
 * Whether a repair may decide on it: it has stood for long enough, and the reservation's state is final. That a reservation
 * is unknown there proves nothing: books may be lost, and seats are not freed for that.
 */
export const isRepairable = ({ inFlight, reservationStatus }: Difference): boolean =>
  !inFlight && (reservationStatus === 'CONFIRMED' || reservationStatus === 'CANCELLED')
