import { inTransaction } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { releaseEnded } from '../release-ended.ts'
import { cancelRows } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

export interface ReleaseHoldDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  readonly wakeRelay: () => void
}

/**
 * Gives a hold back before its time. Refused once a payment has begun: what the buyer pays for must not be sold to
 * somebody else meanwhile. Releasing twice is one release, and so is releasing what has ended by itself.
 */
export async function releaseHold(
  deps: ReleaseHoldDeps,
  input: { userId: string; reservationId: string; requestId: string },
): Promise<'released' | 'RESERVATION_NOT_FOUND' | 'NOT_PENDING' | 'PAYMENT_IN_PROGRESS'> {
  const outcome = await inTransaction(deps.db, async (trx) => {
    const row = await trx
      .selectFrom('reservations')
      .select(['status', 'payment_started_at', 'cancel_reason'])
      .where('id', '=', input.reservationId)
      .where('user_id', '=', input.userId)
      .forUpdate()
      .executeTakeFirst()
    if (!row) return 'RESERVATION_NOT_FOUND'
    if (row.cancel_reason === 'HOLD_RELEASED' || row.cancel_reason === 'HOLD_EXPIRED') return 'released'
    if (row.status !== 'PENDING') return 'NOT_PENDING'
    if (row.payment_started_at !== null) return 'PAYMENT_IN_PROGRESS'
    return cancelRows(trx, {
      reservationIds: [input.reservationId],
      from: 'PENDING',
      reason: 'HOLD_RELEASED',
      correlationId: input.requestId,
    })
  })
  if (typeof outcome === 'string') return outcome
  deps.wakeRelay()
  await releaseEnded(deps, outcome)
  return 'released'
}
