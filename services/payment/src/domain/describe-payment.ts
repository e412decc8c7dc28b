import { z } from 'zod'

const time = z.iso.datetime({ offset: true })

/** A payment as its owner sees it (PAY-014). */
export const paymentAnswerSchema = z.object({
  paymentId: z.uuid(),
  reservationId: z.uuid(),
  portonePaymentId: z.string(),
  amount: z.int(),
  paymentMethod: z.literal('CARD'),
  paymentKey: z.string(),
  status: z.enum(['PENDING', 'SUCCESS', 'FAILED', 'REFUNDED']),
  failureReason: z.string().nullable(),
  paidAt: time.nullable(),
  refundAmount: z.int().nullable(),
  refundedAt: time.nullable(),
  createdAt: time,
})

export type PaymentAnswer = z.infer<typeof paymentAnswerSchema>

interface Described {
  readonly id: string
  readonly reservation_id: string
  readonly portone_payment_id: string
  readonly amount: number
  readonly payment_key: string
  readonly status: string
  readonly failure_reason: string | null
  readonly paid_at: Date | null
  readonly refund_amount: number | null
  readonly refunded_at: Date | null
  readonly created_at: Date
}

/** The public form of a row. */
export function describePayment(row: Described): PaymentAnswer {
  return {
    paymentId: row.id,
    reservationId: row.reservation_id,
    portonePaymentId: row.portone_payment_id,
    amount: row.amount,
    paymentMethod: 'CARD',
    paymentKey: row.payment_key,
    status: row.status as PaymentAnswer['status'],
    failureReason: row.failure_reason,
    paidAt: row.paid_at?.toISOString() ?? null,
    refundAmount: row.refund_amount,
    refundedAt: row.refunded_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  }
}
