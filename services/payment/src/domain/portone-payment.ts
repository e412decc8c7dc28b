import { z } from 'zod'

/** A payment as PortOne V2 tells it (GET /payments/{paymentId}); fields we do not know are kept for the record. */
export const portonePaymentSchema = z.looseObject({
  status: z.string(),
  id: z.string(),
  transactionId: z.string().optional(),
  storeId: z.string().optional(),
  channel: z.looseObject({ key: z.string().optional(), type: z.string().optional() }).optional(),
  currency: z.string().optional(),
  amount: z.looseObject({ total: z.int(), paid: z.int().optional(), cancelled: z.int().optional() }).optional(),
  paidAt: z.string().optional(),
  /** REQUESTED ones are not carried out yet and may still fail. */
  cancellations: z.array(z.looseObject({ status: z.string(), totalAmount: z.int().optional() })).optional(),
  failure: z.looseObject({ reason: z.string().optional() }).optional(),
})

export type PortonePayment = z.infer<typeof portonePaymentSchema>

/** Won of cancellations that PortOne has taken and that are neither carried out nor refused, or null if there is none. */
export function requestedCancellation(payment: PortonePayment | null): number | null {
  const requested = payment?.cancellations?.filter((cancellation) => cancellation.status === 'REQUESTED') ?? []
  return requested.length === 0 ? null : requested.reduce((sum, { totalAmount = 0 }) => sum + totalAmount, 0)
}

/** How many cancellations of a payment the card company has refused after PortOne had taken them. */
export const failedCancellations = (payment: PortonePayment | null): number =>
  payment?.cancellations?.filter((cancellation) => cancellation.status === 'FAILED').length ?? 0
