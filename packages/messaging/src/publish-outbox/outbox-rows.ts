import { type Kysely, sql } from 'kysely'
import { describeError } from '../errors.ts'
import type { OutboxState } from '../metrics.ts'

/** An outbox row as the relay reads it. `payload` is the text of the envelope, sent as it is. */
export interface OutboxRow {
  readonly id: string
  readonly event_type: string
  readonly topic: string
  readonly key: string
  readonly payload: string
  readonly headers: unknown
  readonly retry_count: number
  /** An earlier row of the key is among the dead letters and has not been replayed or discarded. */
  readonly is_behind: boolean
}

/**
 * Runs `work` on a session that reads rows in the order of an index or not at all. Marking leaves a dead entry for each row
 * in the index of unsent rows; a plain index scan learns to pass over them, while the bitmap scan that the planner prefers
 * for few rows visits every one at every poll until the next vacuum.
 */
export async function readingByIndex<DB, T>(connection: Kysely<DB>, work: () => Promise<T>): Promise<T> {
  await sql`
    select set_config(name, 'off', false)
    from unnest(array['enable_bitmapscan', 'enable_seqscan', 'enable_sort']) as name`.execute(connection)
  try {
    return await work()
  } finally {
    // The session goes back to the pool; one that is broken does not.
    await sql`
      select set_config(name, 'on', false)
      from unnest(array['enable_bitmapscan', 'enable_seqscan', 'enable_sort']) as name`
      .execute(connection)
      .catch(() => undefined)
  }
}

/**
 * Gives up to `limit` unsent rows of the role's service in the order written. By the partial index on unsent rows,
 * not by a cursor: sequence numbers commit out of order, and a cursor would pass over a late one for good.
 * Ordered by both columns of the index: the planner does not see that row level security leaves one service. Only while the relay
 * has dead letters is it asked of each row whether it is behind one.
 */
export async function readUnsent<DB>(connection: Kysely<DB>, limit: number): Promise<OutboxRow[]> {
  const result = await sql<OutboxRow>`
    select id, event_type, topic, key, payload::text as payload, headers, retry_count,
      (select exists (
        select from dead_letters
        where service = current_user and consumer_group is null and status in ('OPEN', 'PARKED')
      )) and exists (
        select from dead_letters as letter
        where letter.service = current_user and letter.consumer_group is null and letter.lane = lane_of(one.topic, one.key)
          and letter.status in ('OPEN', 'PARKED') and letter."offset" < one.seq
      ) as is_behind
    from outbox_events as one
    where service = current_user and not published
    order by service, seq
    limit ${limit}`.execute(connection)
  return result.rows
}

/** Marks rows as published, in one statement. */
export async function markPublished<DB>(connection: Kysely<DB>, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update outbox_events set published = true, published_at = now(), last_error = null
    where id = any(${rows.map((row) => row.id)}::uuid[])`.execute(connection)
}

/** Counts one refusal against a row and gives how many it has had. */
export async function countRefusal<DB>(connection: Kysely<DB>, id: string, error: unknown): Promise<number> {
  const result = await sql<{ retry_count: number }>`
    update outbox_events set retry_count = retry_count + 1, last_error = ${describeError(error)}
    where id = ${id}
    returning retry_count`.execute(connection)
  return result.rows[0]?.retry_count ?? 0
}

/**
 * Moves rows from the outbox into the dead letters, in one statement: OPEN waits for a person and is due in its topic, PARKED waits for
 * the row of its key before it. Their place in the outbox stands where a message has its offset, so that they come back in order.
 */
export async function moveToDeadLetters<DB>(
  connection: Kysely<DB>,
  rows: readonly Pick<OutboxRow, 'id'>[],
  status: 'OPEN' | 'PARKED',
  error: unknown,
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    with dead as (delete from outbox_events where id = any(${rows.map((row) => row.id)}::uuid[]) returning *)
    insert into dead_letters (topic, "offset", key, value, headers, event_type, error, status, copy_due)
    select topic, seq, key, convert_to(payload::text, 'UTF8'), headers, event_type, ${describeError(error)}, ${status},
      ${status === 'OPEN'}::boolean
    from dead`.execute(connection)
}

/** Gives the number of unsent rows (counted up to 100,000) and the age of the oldest in seconds. */
export async function readOutboxState<DB>(db: Kysely<DB>): Promise<OutboxState> {
  const result = await sql<{ count: number; age: number }>`
    select count(*) as count, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as age
    from (
      select created_at from outbox_events where service = current_user and not published
      order by service, seq limit 100000
    ) as unsent`.execute(db)
  return { count: result.rows[0]?.count ?? 0, oldestAgeSeconds: result.rows[0]?.age ?? 0 }
}
