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
  failure: z.looseObject({ reason: z.string().optional() }).optional(),
})

export type PortonePayment = z.infer<typeof portonePaymentSchema>
