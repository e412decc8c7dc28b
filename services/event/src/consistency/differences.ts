import type { ReservationOutcome } from '@ticket-queue/contracts/http/reservation'
import { z } from 'zod'

/**
 * News of a sale needs this long at most to reach both services; what differs for longer will not mend itself. Both sides
 * count by the clock of their database.
 */
export const inFlightSeconds = 30

/** A seat of which the services say different things (EVT-023). */
export const differenceSchema = z.object({
  /**
   * MISSING: confirmed, but not SOLD here. EXTRA: SOLD here, but not confirmed. OTHER_OWNER: both, for two reservations.
   * UNKNOWN_SEAT: confirmed, but the schedule has no such seat.
   */
  kind: z.enum(['MISSING', 'EXTRA', 'OTHER_OWNER', 'UNKNOWN_SEAT']),
  seatId: z.uuid(),
  /** Null for an unknown seat. */
  seatNumber: z.string().nullable(),
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

/** A reservation that the two services may see differently, with the seats that are confirmed as its. */
export type Suspect = { reservationId: string; confirmedSeatIds: string[] }

/** A seat as the event service has it; `soldSeconds` is for how long. */
export type SoldSeat = { seatId: string; seatNumber: string; soldTo: string | null; soldSeconds: number }

/**
 * Compares the seats of one reservation as they stood here before `outcome` was asked for, with that answer. In this order
 * a difference older than `inFlightSeconds` is one: the reservation had been as it is for all that time.
 */
export function differencesOf(
  { reservationId, confirmedSeatIds }: Suspect,
  seats: readonly SoldSeat[],
  outcome: ReservationOutcome | null,
): Difference[] {
  const confirmed = new Set(outcome?.status === 'CONFIRMED' ? outcome.seatIds : outcome?.withheldSeatIds)
  const reservationStatus = outcome?.status ?? 'UNKNOWN'
  const known = new Set(seats.map(({ seatId }) => seatId))
  const unknown = confirmedSeatIds.filter((seatId) => confirmed.has(seatId) && !known.has(seatId))
  const unknownSeats = unknown.map((seatId): Difference => {
    const inFlight = (outcome?.sinceSeconds ?? 0) < inFlightSeconds
    return { kind: 'UNKNOWN_SEAT', seatId, seatNumber: null, soldTo: null, reservationId, inFlight, reservationStatus }
  })
  const knownSeats = seats.flatMap((seat): Difference[] => {
    const kind = kindOf(confirmed.has(seat.seatId), seat.soldTo, reservationId)
    if (kind === null) return []
    const { soldSeconds, ...facts } = seat
    // While it is PENDING, and of an unknown one, only this side knows since when.
    const knownSeconds = outcome === null || outcome.status === 'PENDING' ? soldSeconds : outcome.sinceSeconds
    const seconds = kind === 'EXTRA' && confirmed.size > 0 ? Math.min(knownSeconds, soldSeconds) : knownSeconds
    return [{ kind, ...facts, reservationId, inFlight: seconds < inFlightSeconds, reservationStatus }]
  })
  return [...knownSeats, ...unknownSeats]
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
 * is unknown there proves nothing: books may be lost, and seats are not freed for that. A seat that is unknown here cannot be sold.
 */
export const isRepairable = ({ kind, inFlight, reservationStatus }: Difference): boolean =>
  kind !== 'UNKNOWN_SEAT' && !inFlight && (reservationStatus === 'CONFIRMED' || reservationStatus === 'CANCELLED')
