import { wakeAfterCommit } from '@ticket-queue/messaging'
import type { Kysely, Transaction } from 'kysely'
import type { Database } from './database.ts'

type Refusal = { refused: string }

class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.refused)
    this.refusal = refusal
  }
}

/**
 * Runs `work` in one transaction and gives what it gives. A refusal rolls back whatever was written before it; anything else is
 * committed, and the relay woken.
 */
export async function allOrNothing<T extends object>(
  { db, relay }: { db: Kysely<Database>; relay: { wake(): void } },
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  try {
    return await wakeAfterCommit(relay, db, async (trx) => {
      const outcome = await work(trx)
      if (isRefusal(outcome)) throw new Refused(outcome)
      return outcome
    })
  } catch (error) {
    // `work` gave exactly this, as one of its outcomes.
    if (error instanceof Refused) return error.refusal as unknown as T
    throw error
  }
}

const isRefusal = (outcome: object): outcome is Refusal => 'refused' in outcome
