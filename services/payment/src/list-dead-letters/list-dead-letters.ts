import type { Kysely } from 'kysely'
import { describeLetter, type Letter } from '../domain/describe-dead-letter.ts'
import type { Database } from '../store/database.ts'
import { selectLetters } from '../store/dead-letters.ts'

export interface ListDeadLettersDeps {
  readonly db: Kysely<Database>
}

/** Which letters are asked for; all if nothing is said. */
export interface LetterFilter {
  readonly consumerGroup?: string | undefined
  readonly eventType?: string | undefined
  readonly topic?: string | undefined
  readonly status?: Letter['status'] | undefined
}

export interface LetterPage {
  readonly list: Letter[]
  readonly page: number
  readonly size: number
  readonly totalElements: number
}

/** One page of the dead letters of every service, newest first (EVT-020); `page` counts from 0. */
export async function listDeadLetters(
  { db }: ListDeadLettersDeps,
  filter: LetterFilter,
  { page, size }: { readonly page: number; readonly size: number },
): Promise<LetterPage> {
  const wanted = [
    ['consumer_group', filter.consumerGroup],
    ['event_type', filter.eventType],
    ['topic', filter.topic],
    ['status', filter.status],
  ] as const
  let letters = selectLetters(db)
  let counted = db.selectFrom('dead_letters as letter')
  for (const [column, value] of wanted) {
    if (value === undefined) continue
    letters = letters.where(`letter.${column}`, '=', value)
    counted = counted.where(`letter.${column}`, '=', value)
  }
  const [rows, { total }] = await Promise.all([
    letters
      .orderBy('letter.created_at', 'desc')
      .orderBy('letter.id', 'desc')
      .limit(size)
      .offset(page * size)
      .execute(),
    counted.select((count) => count.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  return { list: rows.map(describeLetter), page, size, totalElements: Number(total) }
}
