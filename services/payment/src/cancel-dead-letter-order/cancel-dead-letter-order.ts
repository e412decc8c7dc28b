import { inTransaction } from '@ticket-queue/database'
import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { cancelOrder, findLetter, type OrderOutcome } from '../store/dead-letters.ts'

export interface CancelDeadLetterOrderDeps {
  readonly db: Kysely<Database>
}

/** Takes back what has been ordered for an open letter and not been carried out; one without an order stays as it is (EVT-020). */
export const cancelDeadLetterOrder = (
  { db }: CancelDeadLetterOrderDeps,
  { letterId, cancelledBy }: { readonly letterId: string; readonly cancelledBy: string },
): Promise<OrderOutcome> =>
  inTransaction(db, async (trx) => {
    await cancelOrder(trx, { letterId, cancelledBy, actions: ['REPLAY', 'DISCARD'] })
    const letter = await findLetter(trx, letterId)
    if (letter === null) return { refused: 'DEAD_LETTER_NOT_FOUND' }
    if (letter.status === 'REPLAYED' || letter.status === 'DISCARDED') return { refused: 'DEAD_LETTER_CLOSED', letter }
    return { ordered: letter }
  })
