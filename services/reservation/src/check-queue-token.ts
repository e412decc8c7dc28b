import { isQueueTokenShaped, type ReadQueueToken } from '@ticket-queue/lua/queue'
import { problem } from '@ticket-queue/service-kit'
import { errors } from './errors.ts'

/**
 * Checks the reservation token again here (RSV-008): it must live in Redis and belong to this person and schedule.
 * `scheduleId` is undefined where it is not known yet. Throws 401 QUEUE_TOKEN_MISSING, _INVALID or _EXPIRED (all mean: back to the queue), 403 QUEUE_TOKEN_MISMATCH.
 */
export async function checkQueueToken(
  readQueueToken: ReadQueueToken,
  { token, userId, scheduleId }: { token: string | undefined; userId: string; scheduleId: string | undefined },
): Promise<void> {
  if (!token) throw problem(errors, 'QUEUE_TOKEN_MISSING')
  if (!isQueueTokenShaped(token)) throw problem(errors, 'QUEUE_TOKEN_INVALID')
  if (!token.startsWith('qr_')) throw problem(errors, 'QUEUE_TOKEN_MISMATCH')
  const found = await readQueueToken(token)
  if (found === null) throw problem(errors, 'QUEUE_TOKEN_EXPIRED')
  const forSchedule = scheduleId === undefined || found.scheduleId === scheduleId
  const matches = found.type === 'RESERVATION' && found.userId === userId && forSchedule
  if (!matches) throw problem(errors, 'QUEUE_TOKEN_MISMATCH')
}
