import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'

/** Which letters are of one kind. */
export interface LetterKind {
  readonly consumerGroup?: string | undefined
  readonly eventType?: string | undefined
  readonly topic?: string | undefined
}

export interface KindOrdered {
  /** How many letters have been ordered now. */
  readonly ordered: number
  /** How many open ones of the kind are still without an order: call again. */
  readonly left: number
}

/**
 * Orders the replay of up to `limit` open letters of a kind, the oldest first, in one statement: what is ordered stays so
 * whatever dies, what is pending is passed over, and calling again goes on with the rest (EVT-020).
 */
export async function replayDeadLetters(
  { db }: { readonly db: Kysely<Database> },
  kind: LetterKind,
  { orderedBy, limit }: { readonly orderedBy: string; readonly limit: number },
): Promise<KindOrdered> {
  const unordered = sql`
    from dead_letters as letter
    where status = 'OPEN'
      and (${kind.consumerGroup ?? null}::text is null or consumer_group = ${kind.consumerGroup ?? null})
      and (${kind.eventType ?? null}::text is null or event_type = ${kind.eventType ?? null})
      and (${kind.topic ?? null}::text is null or topic = ${kind.topic ?? null})
      and not exists (
        select from dead_letter_orders where letter_id = letter.id and carried_out_at is null
      )`
  const { numAffectedRows } = await sql`
    insert into dead_letter_orders (letter_id, service, action, ordered_by)
    select id, service, 'REPLAY', ${orderedBy}::uuid ${unordered}
    order by created_at, "offset" limit ${limit}
    on conflict do nothing`.execute(db)
  const { rows } = await sql<{ left: number }>`select count(*)::int as left ${unordered}`.execute(db)
  return { ordered: Number(numAffectedRows ?? 0), left: rows[0]?.left ?? 0 }
}
