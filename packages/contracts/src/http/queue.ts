import { z } from 'zod'
import { idSchema } from '../ids.ts'

/** `POST /internal/tokens/payment`: the payment token (`qp_…`, QUEUE-004) that a hold gives its owner. */
const tokenRequestSchema = z.object({
  userId: z.uuid(),
  scheduleId: z.uuid(),
  reservationId: z.uuid(),
})
const issuedTokenSchema = z.object({ token: z.string(), expiresAt: z.iso.datetime({ offset: true }) })
/** The most reservations in one call. */
export const tokenRequestsMax = 50
/** One reservation, or several at once. */
export const issuePaymentTokenSchema = z.union([
  tokenRequestSchema,
  z.object({ reservations: z.array(tokenRequestSchema).min(1).max(tokenRequestsMax) }),
])
/** In the order of the reservations. */
export const issuedTokensSchema = z.object({ tokens: z.array(issuedTokenSchema) })
export const issuedPaymentTokenSchema = z.union([issuedTokenSchema, issuedTokensSchema])

/** `DELETE /internal/tokens`: the person has left the shop (bought, given up, logged out): both tokens and the place inside end. */
const leaverSchema = z.object({ userId: z.uuid(), scheduleId: z.uuid() })
/** The most people in one call. */
export const leaversMax = 50
/** One person, or several at once. */
export const revokeTokensSchema = z.union([
  leaverSchema,
  z.object({ people: z.array(leaverSchema).min(1).max(leaversMax) }),
])

/** `DELETE /internal/places`: the person has logged out everywhere: the place, in whichever queue, or the stay inside ends. */
export const giveUpPlacesSchema = z.object({ userId: z.uuid() })

/** `POST /internal/statuses`: what `GET /queue/status` says, for people whom the caller has identified. */
export const statusPollSchema = z.object({
  userId: z.uuid(),
  scheduleId: idSchema,
  ticket: z.string().max(512).optional(),
})
/** The most polls in one call. */
export const statusPollsMax = 16
export const askStatusesSchema = z.object({ polls: z.array(statusPollSchema).min(1).max(statusPollsMax) })
/** In the order of the polls: the body of the answer, or null for who has to ask alone, to hear why there is none. */
export const toldStatusesSchema = z.object({ places: z.array(z.string().nullable()) })

export type StatusPoll = z.infer<typeof statusPollSchema>
export type TokenRequest = z.infer<typeof tokenRequestSchema>
export type IssuedToken = z.infer<typeof issuedTokenSchema>
export type RevokeTokens = z.infer<typeof revokeTokensSchema>
export type Leaver = z.infer<typeof leaverSchema>
