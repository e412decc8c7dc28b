import { z } from 'zod'
import { envelopeOf } from './envelope.ts'

const reservationFacts = {
  reservationId: z.uuid(),
  userId: z.uuid(),
  eventId: z.uuid(),
  scheduleId: z.uuid(),
  seatIds: z.array(z.uuid()).min(1).max(4),
  totalAmount: z.int().nonnegative(),
}

/** Why a reservation ended: decides whether and how much payment gives back. */
export const cancelReasonSchema = z.enum([
  'HOLD_EXPIRED',
  'HOLD_RELEASED',
  'PAYMENT_FAILED',
  'USER_CANCELLED',
  'EVENT_CANCELLED',
])

/** The seats belong to the buyer for good (RSV-004). */
export const reservationConfirmedSchema = envelopeOf(
  'ReservationConfirmed',
  'Reservation',
  z.object({ ...reservationFacts, ticketNumber: z.string().min(1), confirmedAt: z.iso.datetime({ offset: true }) }),
)

/**
 * The reservation has ended (RSV-011). Its seats are free again but for `withheldSeatIds`, which stay as they are until
 * `SeatsReleased` or another sale. `refundAmount` is what the buyer gets back of money paid.
 */
export const reservationCancelledSchema = envelopeOf(
  'ReservationCancelled',
  'Reservation',
  z.object({
    ...reservationFacts,
    /** `OTHER`: one that the reader does not know, never published. */
    reason: z.enum([...cancelReasonSchema.options, 'OTHER']),
    wasConfirmed: z.boolean(),
    refundAmount: z.int().nonnegative(),
    feeAmount: z.int().nonnegative(),
    cancelledAt: z.iso.datetime({ offset: true }),
    /** Seats that come back later, or to somebody who waits; absent: none. */
    withheldSeatIds: z.array(z.uuid()).max(4).optional(),
  }),
)

/** Seats that were withheld when `reservationId`, by which they had been sold, was cancelled can be had by everybody again. */
export const seatsReleasedSchema = envelopeOf(
  'SeatsReleased',
  'Reservation',
  z.object({
    reservationId: z.uuid(),
    eventId: z.uuid(),
    scheduleId: z.uuid(),
    seatIds: z.array(z.uuid()).min(1).max(4),
    releasedAt: z.iso.datetime({ offset: true }),
  }),
)

/** Somebody who waited has been offered seats: the reservation is theirs to pay until `offerExpiresAt`. */
export const waitingListOfferedSchema = envelopeOf(
  'WaitingListOffered',
  'Reservation',
  z.object({ ...reservationFacts, entryId: z.uuid(), offerExpiresAt: z.iso.datetime({ offset: true }) }),
)

export type CancelReason = z.infer<typeof cancelReasonSchema>
export type ReservationConfirmed = z.infer<typeof reservationConfirmedSchema>
export type SeatsReleased = z.infer<typeof seatsReleasedSchema>
export type ReservationCancelled = z.infer<typeof reservationCancelledSchema>
