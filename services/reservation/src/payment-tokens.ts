import { issuedPaymentTokenSchema, type TokenRequest, tokenRequestsMax } from '@ticket-queue/contracts/http/queue'
import { groupWork, type InGroup } from '@ticket-queue/database'
import { type CallService, ServiceCallError } from '@ticket-queue/service-kit'
import { unavailable } from './unavailable.ts'

/** What a buyer pays a reservation with. */
export interface PaymentToken {
  readonly paymentToken: string
  readonly paymentTokenExpiresAt: string
}

/** Whose token is asked for, in which request. */
export interface PaymentTokenInput extends TokenRequest {
  readonly requestId: string
}

/**
 * Gives a function that asks the queue service for the payment token of a reservation; those whose rows were written together, and
 * those who ask while two calls are under way, share a call, under the request ID of the first. It rejects with 503 when the queue service is away.
 */
export function createPaymentTokens(queue: CallService): InGroup<PaymentTokenInput, PaymentToken> {
  const askTogether = groupWork(
    async (asked: readonly PaymentTokenInput[]) => {
      const reservations = asked.map(({ requestId: _, ...reservation }) => reservation)
      const [first] = reservations
      const body = reservations.length === 1 ? first : { reservations }
      const options = { body, ...(asked[0] && { requestId: asked[0].requestId }) }
      const issued = await queue.post('/internal/tokens/payment', issuedPaymentTokenSchema, options)
      const tokens = 'tokens' in issued ? issued.tokens : [issued]
      return tokens.map(({ token, expiresAt }) => ({ paymentToken: token, paymentTokenExpiresAt: expiresAt }))
    },
    {
      itemsMax: tokenRequestsMax,
      groupsAtOnce: 2,
      isForAll: (error) => error instanceof ServiceCallError && error.unreachable,
    },
  )
  return (input) => askTogether(input).catch((error: unknown) => Promise.reject(unavailable(error)))
}
