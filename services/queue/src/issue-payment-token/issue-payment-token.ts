import type { IssuedToken, TokenRequest } from '@ticket-queue/contracts/http/queue'
import { issueTokens } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'

export interface IssuePaymentTokensDeps {
  readonly redis: RedisClient
}

/** The payment tokens (`qp_…`, QUEUE-004) of reservations in their order, ten minutes from their first issue; asked again, the same ones. */
export async function issuePaymentTokens(
  { redis }: IssuePaymentTokensDeps,
  reservations: readonly TokenRequest[],
): Promise<IssuedToken[]> {
  const issued = await issueTokens(redis, reservations)
  return issued.map(({ token, expiresAtMs }) => ({ token, expiresAt: new Date(expiresAtMs).toISOString() }))
}
