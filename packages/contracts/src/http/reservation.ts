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
  /** Which payment has pinned or confirmed it; null: none. Absent in answers of the version before. */
  paymentId: z.uuid().nullable().optional(),
})

/** The most reservations in one call of those for several. */
export const reservationsMax = 50

/** `POST /internal/reservations/read`, for several at once: in their order, null for each that is unknown. */
export const readReservationsSchema = z.object({ reservationIds: z.array(z.uuid()).min(1).max(reservationsMax) })
export const internalReservationsSchema = z.object({ reservations: z.array(internalReservationSchema.nullable()) })

/** `POST /internal/reservations/{id}/begin-payment`: idempotent per payment (data.md, purchase step 4a). */
export const beginPaymentSchema = z.object({
  paymentId: z.uuid(),
  userId: z.uuid(),
  amount: z.int().nonnegative(),
  /**
   * Only where the provider's books show all of the money: then a hold that is over is taken back if its seats are still free, and a
   * refusal is for good (decision 0023). `paymentVersion`: of the payment's row, as read.
   */
  captured: z.object({ paymentVersion: z.int().positive() }).optional(),
})
export const beganPaymentSchema = z.discriminatedUnion('granted', [
  z.object({ granted: z.literal(true), reservation: internalReservationSchema }),
  z.object({
    granted: z.literal(false),
    reason: z.enum(['NOT_FOUND', 'NOT_OWNER', 'HOLD_EXPIRED', 'CANCELLED', 'AMOUNT_MISMATCH', 'OTHER_PAYMENT']),
  }),
])

/** `POST /internal/reservations/begin-payments`: the same for several at once, in their order. Idempotent, too; one that cannot be decided leaves all without an answer. */
export const beginPaymentsSchema = z.object({
  payments: z
    .array(beginPaymentSchema.extend({ reservationId: z.uuid() }))
    .min(1)
    .max(reservationsMax),
})
export const beganPaymentsSchema = z.object({ began: z.array(beganPaymentSchema) })

/** The most seats in one page of `confirmedSeatsSchema`. */
export const confirmedSeatsMax = 5000

/**
 * `GET /internal/schedules/{id}/confirmed-seats?after=…&limit=…`: the seats that are sold, by seat ID (EVT-023): those of a
 * confirmed reservation, and those of a cancelled one that are withheld. `next` is the `after` of the next page, null on the last one.
 */
export const confirmedSeatsSchema = z.object({
  scheduleId: z.uuid(),
  seats: z.array(z.object({ seatId: z.uuid(), reservationId: z.uuid() })).max(confirmedSeatsMax),
  next: z.uuid().nullable(),
})

/**
 * `GET /internal/reservations/{id}/outcome`: what has become of a reservation and since when, in seconds by the reservation
 * service's database clock; `seatIds` are those it has, or had at its end, `withheldSeatIds` those that stay sold by it after it.
 */
export const reservationOutcomeSchema = z.object({
  reservationId: z.uuid(),
  scheduleId: z.uuid(),
  status: z.enum(['PENDING', 'CONFIRMED', 'CANCELLED']),
  seatIds: z.array(z.uuid()),
  sinceSeconds: z.number(),
  withheldSeatIds: z.array(z.uuid()).optional(),
})

export type ConfirmedSeats = z.infer<typeof confirmedSeatsSchema>
export type ReservationOutcome = z.infer<typeof reservationOutcomeSchema>
export type InternalReservation = z.infer<typeof internalReservationSchema>
export type BeginPayment = z.infer<typeof beginPaymentSchema>
export type BeganPayment = z.infer<typeof beganPaymentSchema>
