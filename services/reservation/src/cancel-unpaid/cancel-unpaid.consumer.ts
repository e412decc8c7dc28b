import type { PaymentFailed } from '@ticket-queue/contracts/events'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Transaction } from 'kysely'
import { releaseEnded } from '../release-ended.ts'
import type { Database } from '../store/database.ts'
import { cancelUnpaid } from './cancel-unpaid.ts'

/**
 * Applies `PaymentFailed`. Redis is told before the commit: a row still active only makes the next buyer's insert wait for
 * that commit, and after a rollback `rebuild-holds` sets the lock again.
 */
export const cancelUnpaidConsumer =
  (deps: { readonly redis: RedisClient; readonly log: Log }) =>
  async (trx: Transaction<Database>, event: PaymentFailed): Promise<void> =>
    releaseEnded(deps, await cancelUnpaid(trx, event))
