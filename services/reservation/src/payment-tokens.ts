import { issuedPaymentTokenSchema, type TokenRequest, tokenRequestsMax } from '@ticket-queue/contracts/http/queue'
import { groupWork, type InGroup } from '@ticket-queue/database'
import type { CallService } from '@ticket-queue/service-kit'
import { unavailable } from './unavailable.ts'

/** What a buyer pays a reservation with. */
export interface PaymentToken {
  readonly paymentToken: string
  readonly paymentTokenExpiresAt: string
}

/**
 * Gives a function that asks the queue service for the payment token of a reservation; those who ask while it is being asked share the
 * next call. It rejects with 503 when the queue service is away.
 */
export function createPaymentTokens(queue: CallService): InGroup<TokenRequest, PaymentToken> {
  return groupWork(
    async (reservations: readonly TokenRequest[]) => {
      const [first] = reservations
      const body = reservations.length === 1 ? first : { reservations }
      const issued = await queue
        .post('/internal/tokens/payment', issuedPaymentTokenSchema, { body })
        .catch((error: unknown) => Promise.reject(unavailable(error)))
      const tokens = 'tokens' in issued ? issued.tokens : [issued]
      return tokens.map(({ token, expiresAt }) => ({ paymentToken: token, paymentTokenExpiresAt: expiresAt }))
    },
    { itemsMax: tokenRequestsMax },
  )
}
