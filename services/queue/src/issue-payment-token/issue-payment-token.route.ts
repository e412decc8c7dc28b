import { type IssuedToken, issuedPaymentTokenSchema, issuePaymentTokenSchema } from '@ticket-queue/contracts/http/queue'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { type IssuePaymentTokensDeps, issuePaymentTokens } from './issue-payment-token.ts'

/** `POST /internal/tokens/payment`, for the reservation service: the token of one reservation, or those of several in their order. */
export function issuePaymentTokenRoute(app: App, deps: IssuePaymentTokensDeps): void {
  app.post(
    '/internal/tokens/payment',
    { schema: { body: issuePaymentTokenSchema, response: { ...commonResponses, 200: issuedPaymentTokenSchema } } },
    async ({ body }) => {
      if ('reservations' in body) return { tokens: await issuePaymentTokens(deps, body.reservations) }
      const [issued] = await issuePaymentTokens(deps, [body])
      return issued as IssuedToken
    },
  )
}
