import { readQueueToken } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { problem } from '@ticket-queue/service-kit'
import { errors } from './errors.ts'

const wellFormed = /^qr_[A-Za-z0-9_-]{43}$/

/**
 * Checks the reservation token again here (RSV-008): it must live in Redis and belong to this person and schedule.
 * Throws 401 QUEUE_TOKEN_MISSING, _INVALID or _EXPIRED (both mean: back to the queue), 403 QUEUE_TOKEN_MISMATCH.
 */
export async function checkQueueToken(
  redis: RedisClient,
  expected: { token: string | undefined; userId: string; scheduleId?: string },
): Promise<{ scheduleId: string }> {
  if (!expected.token) throw problem(errors, 'QUEUE_TOKEN_MISSING')
  if (!/^q[rp]_/.test(expected.token)) throw problem(errors, 'QUEUE_TOKEN_INVALID')
  if (expected.token.startsWith('qp_')) throw problem(errors, 'QUEUE_TOKEN_MISMATCH')
  if (!wellFormed.test(expected.token)) throw problem(errors, 'QUEUE_TOKEN_INVALID')
  const found = await readQueueToken(redis, expected.token)
  if (found === null) throw problem(errors, 'QUEUE_TOKEN_EXPIRED')
  const matches =
    found.type === 'RESERVATION' &&
    found.userId === expected.userId &&
    (expected.scheduleId === undefined || found.scheduleId === expected.scheduleId)
  if (!matches) throw problem(errors, 'QUEUE_TOKEN_MISMATCH')
  return { scheduleId: found.scheduleId }
}
