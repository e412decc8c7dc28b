import { z } from 'zod'

/** `POST /internal/tokens/payment`: the payment token (`qp_…`, QUEUE-004) that a hold gives its owner. */
export const issuePaymentTokenSchema = z.object({
  userId: z.uuid(),
  scheduleId: z.uuid(),
  reservationId: z.uuid(),
})
export const issuedTokenSchema = z.object({ token: z.string(), expiresAt: z.iso.datetime({ offset: true }) })

/** `DELETE /internal/tokens`: the person has left the shop (bought, given up, logged out): both tokens and the place inside end. */
export const revokeTokensSchema = z.object({ userId: z.uuid(), scheduleId: z.uuid() })

/** `DELETE /internal/places`: the person has logged out everywhere: the place, in whichever queue, or the stay inside ends. */
export const giveUpPlacesSchema = z.object({ userId: z.uuid() })

export type IssuePaymentToken = z.infer<typeof issuePaymentTokenSchema>
export type IssuedToken = z.infer<typeof issuedTokenSchema>
export type RevokeTokens = z.infer<typeof revokeTokensSchema>
