import { z } from 'zod'
import { envelopeOf } from './envelope.ts'

const paymentFacts = {
  paymentId: z.uuid(),
  reservationId: z.uuid(),
  userId: z.uuid(),
  scheduleId: z.uuid(),
  amount: z.int().nonnegative(),
}

/** The buyer's money has been captured and compared: the reservation may be confirmed (PAY-013). */
export const paymentSuccessSchema = envelopeOf(
  'PaymentSuccess',
  'Payment',
  z.object({ ...paymentFacts, seatIds: z.array(z.uuid()).min(1).max(4), paidAt: z.iso.datetime({ offset: true }) }),
)

/** The payment has ended without money being kept: the reservation is cancelled (PAY-012). */
export const paymentFailedSchema = envelopeOf(
  'PaymentFailed',
  'Payment',
  z.object({
    ...paymentFacts,
    reason: z.string().min(1),
    /** When the payment was opened, by the database's clock; absent in messages of earlier releases. */
    openedAt: z.iso.datetime({ offset: true }).optional(),
    /** Of the payment's row since it failed; absent in events of earlier releases. */
    paymentVersion: z.int().positive().optional(),
  }),
)

/** Money of an earlier success has gone back to the buyer. */
export const paymentRefundedSchema = envelopeOf(
  'PaymentRefunded',
  'Payment',
  z.object({
    ...paymentFacts,
    refundAmount: z.int().nonnegative(),
    refundedAt: z.iso.datetime({ offset: true }),
  }),
)

export type PaymentSuccess = z.infer<typeof paymentSuccessSchema>
export type PaymentFailed = z.infer<typeof paymentFailedSchema>
export type PaymentRefunded = z.infer<typeof paymentRefundedSchema>
