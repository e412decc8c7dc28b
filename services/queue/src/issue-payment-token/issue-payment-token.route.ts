import { issuedTokenSchema, issuePaymentTokenSchema } from '@ticket-queue/contracts/http/queue'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { type IssuePaymentTokenDeps, issuePaymentToken } from './issue-payment-token.ts'

/** `POST /internal/tokens/payment`, for the reservation service. */
export function issuePaymentTokenRoute(app: App, deps: IssuePaymentTokenDeps): void {
  app.post(
    '/internal/tokens/payment',
    { schema: { body: issuePaymentTokenSchema, response: { ...commonResponses, 200: issuedTokenSchema } } },
    async (request) => issuePaymentToken(deps, request.body),
  )
}
