import { inTransaction } from '@ticket-queue/database'
import type { Kysely, Transaction } from 'kysely'

/**
 * Runs `work` as `inTransaction` does and, once it has committed, wakes this process' relay:
 * its events leave at once instead of at the next poll. Gives what `work` gives.
 */
export async function wakeAfterCommit<DB, T>(
  relay: { wake(): void },
  db: Kysely<DB>,
  work: (trx: Transaction<DB>) => Promise<T>,
): Promise<T> {
  const outcome = await inTransaction(db, work)
  relay.wake()
  return outcome
}
