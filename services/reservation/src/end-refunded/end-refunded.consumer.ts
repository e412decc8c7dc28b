import type { PaymentRefunded } from '@ticket-queue/contracts/events'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Transaction } from 'kysely'
import { releaseEnded } from '../release-ended.ts'
import type { Database } from '../store/database.ts'
import { endRefunded } from './end-refunded.ts'

/** Applies `PaymentRefunded`; Redis is told before the commit, as in `cancel-unpaid`. */
export const endRefundedConsumer =
  (deps: { readonly redis: RedisClient; readonly log: Log }) =>
  async (trx: Transaction<Database>, event: PaymentRefunded): Promise<void> =>
    releaseEnded(deps, await endRefunded(trx, event))
