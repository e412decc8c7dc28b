import { isQueueTokenShaped, readQueueToken } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { problem } from '@ticket-queue/service-kit'
import { errors } from './errors.ts'

/**
 * Checks that the payment token lives and belongs to this person and reservation (QUEUE-004, GW-005).
 * Throws 401 QUEUE_TOKEN_MISSING, _INVALID, _EXPIRED or 403 QUEUE_TOKEN_MISMATCH.
 */
export async function checkPaymentToken(
  redis: RedisClient,
  expected: { token: string | undefined; userId: string; reservationId: string },
): Promise<void> {
  if (!expected.token) throw problem(errors, 'QUEUE_TOKEN_MISSING')
  if (!isQueueTokenShaped(expected.token)) throw problem(errors, 'QUEUE_TOKEN_INVALID')
  const found = await readQueueToken(redis, expected.token)
  if (found === null) throw problem(errors, 'QUEUE_TOKEN_EXPIRED')
  const matches =
    found.type === 'PAYMENT' && found.userId === expected.userId && found.reservationId === expected.reservationId
  if (!matches) throw problem(errors, 'QUEUE_TOKEN_MISMATCH')
}
