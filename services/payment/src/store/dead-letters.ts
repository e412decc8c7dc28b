import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql, type Transaction } from 'kysely'
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
  | { readonly refused: 'DEAD_LETTER_NOT_FOUND' | 'SERVICE_UNAVAILABLE' }
  | {
      readonly refused: 'DEAD_LETTER_PARKED' | 'DEAD_LETTER_CLOSED' | 'DEAD_LETTER_ORDERED' | 'DEAD_LETTER_NEEDED'
      readonly letter: LetterRow
    }

/** What an operator wants done with a letter. */
export interface LetterOrder {
  readonly letterId: string
  readonly action: DeadLetterOrdersAction
  readonly orderedBy: string
  readonly reason?: string
}

/**
 * Writes down what is to be done with an open letter, by whom and when; its service does it within seconds of being there.
 * Asking twice is asking once. Giving the letter up takes the place of a replay that has not been carried out; a replay does not
 * take the place of that, as what has been given up has a reason.
 */
export const orderLetter = (db: Kysely<Database>, order: LetterOrder): Promise<OrderOutcome> =>
  inTransaction(db, async (trx): Promise<OrderOutcome> => {
    const { letterId, action, orderedBy } = order
    if (action === 'DISCARD') await cancelOrder(trx, { letterId, cancelledBy: orderedBy, actions: ['REPLAY'] })
    // Read after the order is taken back: a replay that was going on has then ended.
    const letter = await findLetter(trx, letterId)
    if (letter === null) return { refused: 'DEAD_LETTER_NOT_FOUND' }
    if (letter.status === 'PARKED') return { refused: 'DEAD_LETTER_PARKED', letter }
    if (letter.status !== 'OPEN') return { refused: 'DEAD_LETTER_CLOSED', letter }
    await trx
      .insertInto('dead_letter_orders')
      .values({
        letter_id: letter.id,
        service: letter.service,
        action,
        ordered_by: orderedBy,
        reason: order.reason ?? null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const ordered = (await findLetter(trx, letterId)) ?? letter
    const isOther = ordered.pending_action !== null && ordered.pending_action !== action
    return isOther ? { refused: 'DEAD_LETTER_ORDERED', letter: ordered } : { ordered }
  })

/**
 * Takes back the order of a letter if it is one of `actions` and has not been carried out. Waits for the end of a replay that is
 * going on, which then has come first.
 */
export async function cancelOrder(
  trx: Transaction<Database>,
  cancelling: {
    readonly letterId: string
    readonly cancelledBy: string
    readonly actions: readonly DeadLetterOrdersAction[]
  },
): Promise<void> {
  await trx
    .updateTable('dead_letter_orders')
    .set({ outcome: 'CANCELLED', cancelled_by: cancelling.cancelledBy, carried_out_at: sql`now()` })
    .where('letter_id', '=', cancelling.letterId)
    .where('action', 'in', cancelling.actions)
    .where('carried_out_at', 'is', null)
    .execute()
}
