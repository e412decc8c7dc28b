import type { Kysely } from 'kysely'
import { describeLetter, type Letter } from '../domain/describe-dead-letter.ts'
import type { Database } from '../store/database.ts'
import { findLetter } from '../store/dead-letters.ts'

export interface ReadDeadLetterDeps {
  readonly db: Kysely<Database>
}

/** One order for a letter, with what has come of it. */
export interface Order {
  readonly action: 'REPLAY' | 'DISCARD'
  readonly reason: string | null
  readonly orderedBy: string
  readonly orderedAt: string
  readonly carriedOutAt: string | null
  readonly outcome: 'DONE' | 'FAILED' | 'CANCELLED' | null
  readonly cancelledBy: string | null
  readonly error: string | null
}

/** A letter with all that was in the message. A value that is no text is in Base64. */
export interface WholeLetter extends Letter {
  readonly value: string | null
  readonly valueEncoding: 'utf8' | 'base64'
  readonly headers: Record<string, string>
  readonly orders: Order[]
}

const ordersMax = 100

/** Gives a letter whole, with its last hundred orders, or null (EVT-020). */
export async function readDeadLetter({ db }: ReadDeadLetterDeps, letterId: string): Promise<WholeLetter | null> {
  const letter = await findLetter(db, letterId)
  if (letter === null) return null
  const content = await db
    .selectFrom('dead_letters')
    .select(['value', 'headers'])
    .where('id', '=', letterId)
    .executeTakeFirstOrThrow()
  const orders = await db
    .selectFrom('dead_letter_orders')
    .selectAll()
    .where('letter_id', '=', letterId)
    .orderBy('ordered_at', 'desc')
    .orderBy('id', 'desc')
    .limit(ordersMax)
    .execute()
  return {
    ...describeLetter(letter),
    ...textOf(content.value),
    headers: content.headers as Record<string, string>,
    orders: orders.map((order) => ({
      action: order.action,
      reason: order.reason,
      orderedBy: order.ordered_by,
      orderedAt: order.ordered_at.toISOString(),
      carriedOutAt: order.carried_out_at?.toISOString() ?? null,
      outcome: order.outcome,
      cancelledBy: order.cancelled_by,
      error: order.error,
    })),
  }
}

function textOf(value: Buffer | null): Pick<WholeLetter, 'value' | 'valueEncoding'> {
  const text = value?.toString('utf8') ?? null
  const isText = value === null || Buffer.from(text ?? '', 'utf8').equals(value)
  return isText ? { value: text, valueEncoding: 'utf8' } : { value: value.toString('base64'), valueEncoding: 'base64' }
}
