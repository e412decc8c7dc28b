import { setTimeout as wait } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import { isStalePlan, isTransactionConflict } from './errors.ts'

const retriesMax = 3
const jitterMs = 50

/**
 * Runs `work` in one READ COMMITTED transaction and commits it. A deadlock, a serialization failure or a plan that a
 * migration has made stale rolls back and runs `work` again, at most 3 times: `work` must touch nothing but the database. Every other error is passed on.
 */
export const inTransaction = async <DB, T>(db: Kysely<DB>, work: (trx: Transaction<DB>) => Promise<T>): Promise<T> => {
  for (let retry = 0; ; retry += 1) {
    try {
      return await db.transaction().setIsolationLevel('read committed').execute(work)
    } catch (error) {
      if (retry === retriesMax || !(isTransactionConflict(error) || isStalePlan(error))) throw error
      await wait(Math.random() * jitterMs * 2 ** retry)
    }
  }
}
