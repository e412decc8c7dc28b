import { z } from 'zod'

/**
 * `GET /internal/load` of the payment service: how confirming payments has gone in the last minute, as the answering process has
 * seen it. The waiting room slows admission down by it.
 */
export const paymentLoadSchema = z.object({
  /** Confirmations that ended in the last minute. */
  confirmations: z.int().nonnegative(),
  /** 95 of 100 of them took at most this long, PortOne's part included; null if there was none. */
  confirmP95Ms: z.number().nonnegative().nullable(),
  /** Share of them, 0 to 1, that failed for reasons of ours or PortOne's, not of the buyer's; null if there was none. */
  errorShare: z.number().min(0).max(1).nullable(),
  /** Confirmations under way. */
  inFlight: z.int().nonnegative(),
})

export type PaymentLoad = z.infer<typeof paymentLoadSchema>
