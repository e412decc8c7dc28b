import { isQueueTokenShaped, readQueueToken } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'

export type TokenRefusal =
  | 'QUEUE_TOKEN_MISSING'
  | 'QUEUE_TOKEN_INVALID'
  | 'QUEUE_TOKEN_EXPIRED'
  | 'QUEUE_TOKEN_MISMATCH'

/** How a payment token begins (QUEUE-004): one of the other type stays that also when it has ended. */
const prefix = 'qp_'

/** Whether the payment token lives and belongs to this person and reservation (QUEUE-004, GW-005). */
export async function checkPaymentToken(
  redis: RedisClient,
  expected: { queueToken: string | undefined; userId: string; reservationId: string },
): Promise<'good' | TokenRefusal> {
  const { queueToken, userId, reservationId } = expected
  if (!queueToken) return 'QUEUE_TOKEN_MISSING'
  if (!isQueueTokenShaped(queueToken)) return 'QUEUE_TOKEN_INVALID'
  if (!queueToken.startsWith(prefix)) return 'QUEUE_TOKEN_MISMATCH'
  const found = await readQueueToken(redis, queueToken)
  if (found === null) return 'QUEUE_TOKEN_EXPIRED'
  const matches = found.type === 'PAYMENT' && found.userId === userId && found.reservationId === reservationId
  return matches ? 'good' : 'QUEUE_TOKEN_MISMATCH'
}
