import { inTransaction } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { releaseLapsed } from '../release-ended.ts'
import { cancelRows } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

export interface ExpireHoldsDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  readonly wakeRelay: () => void
}

const batchSize = 200

/**
 * Ends holds whose time is over by the database's clock and for which no payment has begun (RSV-007): one batch, oldest
 * first. Any number of sweepers may run: each skips the rows another one has locked. Gives how many it ended.
 */
export async function expireHolds(deps: ExpireHoldsDeps): Promise<number> {
  const ended = await inTransaction(deps.db, async (trx) => {
    const overdue = await trx
      .selectFrom('reservations')
      .select('id')
      .where('status', '=', 'PENDING')
      .where('payment_started_at', 'is', null)
      .where('hold_expires_at', '<=', sql<Date>`now()`)
      .orderBy('hold_expires_at')
      .limit(batchSize)
      .forUpdate()
      .skipLocked()
      .execute()
    return cancelRows(trx, {
      reservationIds: overdue.map((row) => row.id),
      from: 'PENDING',
      reason: 'HOLD_EXPIRED',
      correlationId: uuidv7(),
    })
  })
  if (ended.length === 0) return 0
  deps.wakeRelay()
  await releaseLapsed(deps, ended)
  return ended.length
}
