import { z } from 'zod'

/**
 * `GET /internal/load` of the payment service: how confirming payments goes at this moment, over all payments of the last minute
 * that this process handled. The waiting room slows admission down by it.
 */
export const paymentLoadSchema = z.object({
  /** 95 of 100 confirmations took at most this long, PortOne's part included; null if there was none in the last minute. */
  confirmP95Ms: z.number().nonnegative().nullable(),
  /** Share of confirmations that failed for reasons of ours or PortOne's (not the buyer's): 0 to 1; null if there was none. */
  errorShare: z.number().min(0).max(1).nullable(),
  /** Confirmations under way. */
  inFlight: z.int().nonnegative(),
})

export type PaymentLoad = z.infer<typeof paymentLoadSchema>
