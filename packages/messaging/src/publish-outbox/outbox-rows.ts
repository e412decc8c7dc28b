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
}

/**
 * Gives up to `limit` unsent rows of the role's service in the order written. By the partial index on unsent rows,
 * not by a cursor: sequence numbers commit out of order, and a cursor would pass over a late one for good.
 */
export async function readUnsent<DB>(connection: Kysely<DB>, limit: number): Promise<OutboxRow[]> {
  const result = await sql<OutboxRow>`
    select id, event_type, topic, key, payload::text as payload, headers, retry_count
    from outbox_events
    where service = current_user and not published
    order by seq
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

/** Moves a row from the outbox into the dead letters, in one statement. */
export async function moveToDeadLetters<DB>(connection: Kysely<DB>, id: string, error: unknown): Promise<void> {
  await sql`
    with dead as (delete from outbox_events where id = ${id} returning *)
    insert into dead_letters (topic, key, value, headers, error)
    select topic, key, convert_to(payload::text, 'UTF8'), headers, ${describeError(error)} from dead`.execute(
    connection,
  )
}

/** Gives the number of unsent rows (counted up to 100,000) and the age of the oldest in seconds. */
export async function readOutboxState<DB>(db: Kysely<DB>): Promise<OutboxState> {
  const result = await sql<{ count: number; age: number }>`
    select count(*) as count, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as age
    from (
      select created_at from outbox_events where service = current_user and not published order by seq limit 100000
    ) as unsent`.execute(db)
  return { count: result.rows[0]?.count ?? 0, oldestAgeSeconds: result.rows[0]?.age ?? 0 }
}
