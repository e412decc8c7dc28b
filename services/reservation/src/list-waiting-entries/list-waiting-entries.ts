import type { Kysely } from 'kysely'
import { describeEntry, type EntryAnswer } from '../domain/describe-entry.ts'
import type { Database } from '../store/database.ts'
import { findEntriesOf } from '../store/waiting-list.ts'

export interface ListWaitingEntriesDeps {
  readonly db: Kysely<Database>
}

export interface EntryPage {
  readonly list: EntryAnswer[]
  readonly page: number
  readonly size: number
  readonly totalElements: number
}

/** One page of a person's places in waiting lists, newest first; `page` counts from 0. */
export async function listWaitingEntries(
  { db }: ListWaitingEntriesDeps,
  input: { userId: string; page: number; size: number },
): Promise<EntryPage> {
  const [rows, { total }] = await Promise.all([
    findEntriesOf(db, input),
    db
      .selectFrom('waiting_list_entries')
      .select((count) => count.fn.countAll<number>().as('total'))
      .where('user_id', '=', input.userId)
      .executeTakeFirstOrThrow(),
  ])
  return { list: rows.map(describeEntry), page: input.page, size: input.size, totalElements: Number(total) }
}
