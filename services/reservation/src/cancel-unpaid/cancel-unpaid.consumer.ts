import type { PaymentFailed } from '@ticket-queue/contracts/events'
import { releaseSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Transaction } from 'kysely'
import type { Database } from '../store/database.ts'
import { cancelUnpaid } from './cancel-unpaid.ts'

/**
 * Applies `PaymentFailed`. Redis is told before the commit: a row still active only makes the next buyer's insert wait for
 * that commit, and if Redis is away the sweeper tells it later.
 */
export const cancelUnpaidConsumer =
  (deps: { redis: RedisClient }) =>
  async (trx: Transaction<Database>, event: PaymentFailed): Promise<void> => {
    for (const ended of await cancelUnpaid(trx, event)) await releaseSeats(deps.redis, ended).catch(() => {})
  }
