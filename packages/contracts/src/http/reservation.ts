import { z } from 'zod'

const time = z.iso.datetime({ offset: true })

/** `GET /internal/reservations/{id}`. */
export const internalReservationSchema = z.object({
  reservationId: z.uuid(),
  userId: z.uuid(),
  eventId: z.uuid(),
  scheduleId: z.uuid(),
  seatIds: z.array(z.uuid()).min(1),
  status: z.enum(['PENDING', 'CONFIRMED', 'CANCELLED']),
  totalAmount: z.int().nonnegative(),
  holdExpiresAt: time,
  /** Judged by the reservation service's database clock: PENDING and the hold not over, or a payment already begun. */
  payable: z.boolean(),
})

/** `POST /internal/reservations/{id}/begin-payment`: idempotent per payment (data.md, purchase step 4a). */
export const beginPaymentSchema = z.object({ paymentId: z.uuid(), userId: z.uuid(), amount: z.int().nonnegative() })
export const beganPaymentSchema = z.discriminatedUnion('granted', [
  z.object({ granted: z.literal(true), reservation: internalReservationSchema }),
  z.object({
    granted: z.literal(false),
    reason: z.enum(['NOT_FOUND', 'NOT_OWNER', 'HOLD_EXPIRED', 'CANCELLED', 'AMOUNT_MISMATCH', 'OTHER_PAYMENT']),
  }),
])

export type InternalReservation = z.infer<typeof internalReservationSchema>
export type BeginPayment = z.infer<typeof beginPaymentSchema>
export type BeganPayment = z.infer<typeof beganPaymentSchema>
