import type { Kysely } from 'kysely'
import { storableText } from '../domain/storable-text.ts'
import type { Database } from '../store/database.ts'
import { type OrderOutcome, orderLetter } from '../store/dead-letters.ts'

export interface DiscardDeadLetterDeps {
  readonly db: Kysely<Database>
}

/** Orders that a letter be given up for good, with the reason why (EVT-020). */
export const discardDeadLetter = (
  { db }: DiscardDeadLetterDeps,
  order: { readonly letterId: string; readonly orderedBy: string; readonly reason: string },
): Promise<OrderOutcome> => orderLetter(db, { ...order, reason: storableText(order.reason), action: 'DISCARD' })
