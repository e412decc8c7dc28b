import { type Kysely, sql } from 'kysely'
import type { Database, DeadLetterOrdersAction } from './database.ts'

/**
 * Letters of every service, which this one may read and not change (docs/decisions/0020), each with the order that nobody has
 * carried out yet and how many messages of its key wait behind it.
 */
export const selectLetters = (db: Kysely<Database>) =>
  db
    .selectFrom('dead_letters as letter')
    .leftJoin('dead_letter_orders as pending', (join) =>
      join.onRef('pending.letter_id', '=', 'letter.id').on('pending.carried_out_at', 'is', null),
    )
    .select([
      'letter.id',
      'letter.service',
      'letter.consumer_group',
      'letter.topic',
      'letter.partition',
      'letter.offset',
      'letter.key',
      'letter.event_type',
      'letter.status',
      'letter.error',
      'letter.created_at',
      'letter.replayed_at',
      'letter.discarded_at',
      'pending.action as pending_action',
      sql<number>`(
        select count(*)::int from dead_letters as behind
        where behind.service = letter.service and behind.consumer_group = letter.consumer_group
          and behind.lane = letter.lane and behind.status = 'PARKED' and letter.status = 'OPEN'
      )`.as('parked_behind'),
    ])

export type LetterRow = Awaited<ReturnType<ReturnType<typeof selectLetters>['executeTakeFirstOrThrow']>>

/** Gives one letter, or null. */
export const findLetter = async (db: Kysely<Database>, letterId: string): Promise<LetterRow | null> =>
  (await selectLetters(db).where('letter.id', '=', letterId).executeTakeFirst()) ?? null

export type OrderOutcome =
  | { readonly ordered: LetterRow }
  | { readonly refused: 'DEAD_LETTER_NOT_FOUND' }
  | { readonly refused: 'DEAD_LETTER_PARKED' | 'DEAD_LETTER_CLOSED'; readonly letter: LetterRow }

/** What an operator wants done with a letter. */
export interface LetterOrder {
  readonly letterId: string
  readonly action: DeadLetterOrdersAction
  readonly orderedBy: string
  readonly reason?: string
}

/**
 * Writes down what is to be done with an open letter, by whom and when; its service does it within seconds of being there.
 * While one order is pending another changes nothing, so asking twice is asking once.
 */
export async function orderLetter(db: Kysely<Database>, order: LetterOrder): Promise<OrderOutcome> {
  const letter = await findLetter(db, order.letterId)
  if (letter === null) return { refused: 'DEAD_LETTER_NOT_FOUND' }
  if (letter.status === 'PARKED') return { refused: 'DEAD_LETTER_PARKED', letter }
  if (letter.status !== 'OPEN') return { refused: 'DEAD_LETTER_CLOSED', letter }
  await db
    .insertInto('dead_letter_orders')
    .values({
      letter_id: letter.id,
      service: letter.service,
      action: order.action,
      ordered_by: order.orderedBy,
      reason: order.reason ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return { ordered: (await findLetter(db, order.letterId)) ?? letter }
}
