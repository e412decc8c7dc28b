import { type Kysely, sql } from 'kysely'

const batchSize = 1000
const publishedDaysKept = 7
/** Longer than a message can come back: 3 days in its topic and 7 in its dead letter topic, with days to spare. */
export const processedDaysKept = 14
/** Who had what replayed or discarded can be read as long. */
const closedDaysKept = 90

/** How many rows a clean-up has deleted. */
export interface CleanedUp {
  readonly outbox: number
  readonly inbox: number
  readonly letters: number
}

/**
 * Deletes what this role's service no longer needs: outbox rows published more than 7 days ago, inbox rows older than 14 days but
 * those of events that an open letter of their group can bring again, and dead letters replayed or discarded 90 days ago with
 * their orders, in batches of 1,000 so that no lock or transaction lasts. Safe to run anywhere at any time.
 */
export async function cleanUpMessages<DB>(db: Kysely<DB>): Promise<CleanedUp> {
  return {
    outbox: await inBatches(() => deletePublished(db)),
    inbox: await inBatches(() => deleteProcessed(db)),
    letters: await inBatches(() => deleteClosed(db)),
  }
}

async function inBatches(deleteBatch: () => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    const deleted = await deleteBatch()
    total += deleted
    if (deleted < batchSize) return total
  }
}

async function deletePublished<DB>(db: Kysely<DB>): Promise<number> {
  const result = await sql`
    delete from outbox_events where id in (
      select id from outbox_events
      where service = current_user and published and published_at < now() - make_interval(days => ${publishedDaysKept})
      limit ${batchSize}
    )`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

/** Every event ID in the bytes of a letter, which need not be JSON: one too many keeps a row that nobody needs. */
const eventIdPattern = '"eventId"\\s*:\\s*"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"'

async function deleteProcessed<DB>(db: Kysely<DB>): Promise<number> {
  const result = await sql`
    with in_letters as materialized (
      select distinct consumer_group, found[1]::uuid as event_id
      from dead_letters cross join lateral regexp_matches(encode(value, 'escape'), ${eventIdPattern}::text, 'g') as found
      where service = current_user and status in ('OPEN', 'PARKED')
    )
    delete from processed_events where (event_id, consumer_group) in (
      select event_id, consumer_group from processed_events as processed
      where service = current_user and processed_at < now() - make_interval(days => ${processedDaysKept})
        and not exists (
          select from in_letters as kept
          where kept.event_id = processed.event_id and kept.consumer_group = processed.consumer_group
        )
      limit ${batchSize}
    )`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

async function deleteClosed<DB>(db: Kysely<DB>): Promise<number> {
  const result = await sql`
    delete from dead_letters where id in (
      select id from dead_letters
      where service = current_user and status in ('REPLAYED', 'DISCARDED')
        and coalesce(replayed_at, discarded_at) < now() - make_interval(days => ${closedDaysKept})
      limit ${batchSize}
    )`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}
