import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { type OrderOutcome, orderLetter } from '../store/dead-letters.ts'

export interface ReplayDeadLetterDeps {
  readonly db: Kysely<Database>
}

/** Orders that a letter be applied, and then what waits behind it (EVT-020). */
export const replayDeadLetter = (
  { db }: ReplayDeadLetterDeps,
  order: { readonly letterId: string; readonly orderedBy: string },
): Promise<OrderOutcome> => orderLetter(db, { ...order, action: 'REPLAY' })
