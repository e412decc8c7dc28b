import type { IssuedToken, TokenRequest } from '@ticket-queue/contracts/http/queue'
import { issueToken } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'

export interface IssuePaymentTokenDeps {
  readonly redis: RedisClient
}

/** The payment token (`qp_…`, QUEUE-004) of a reservation, ten minutes from its first issue; asked again, the same one. */
export async function issuePaymentToken({ redis }: IssuePaymentTokenDeps, input: TokenRequest): Promise<IssuedToken> {
  const { token, expiresAtMs } = await issueToken(redis, input)
  return { token, expiresAt: new Date(expiresAtMs).toISOString() }
}
