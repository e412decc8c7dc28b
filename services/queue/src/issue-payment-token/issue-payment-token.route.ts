import { issuedPaymentTokenSchema, issuePaymentTokenSchema } from '@ticket-queue/contracts/http/queue'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { type IssuePaymentTokenDeps, issuePaymentToken } from './issue-payment-token.ts'

/** `POST /internal/tokens/payment`, for the reservation service: the token of one reservation, or those of several in their order. */
export function issuePaymentTokenRoute(app: App, deps: IssuePaymentTokenDeps): void {
  app.post(
    '/internal/tokens/payment',
    { schema: { body: issuePaymentTokenSchema, response: { ...commonResponses, 200: issuedPaymentTokenSchema } } },
    async ({ body }) => {
      if (!('reservations' in body)) return issuePaymentToken(deps, body)
      return { tokens: await Promise.all(body.reservations.map((one) => issuePaymentToken(deps, one))) }
    },
  )
}
