import { sql, type Transaction } from 'kysely'

/** What the inbox remembers of an event. */
export interface InboxEvent {
  readonly eventId: string
  readonly eventType: string
  readonly aggregateId: string
}

/**
 * Writes the inbox row of an event for a consumer group and says whether it is the first: false means that the effect is
 * there already and nothing may be done. Call it first in the transaction of the effect, so that both stand or fall together;
 * a concurrent repeat waits for the outcome of the first.
 */
export async function once<DB>(trx: Transaction<DB>, event: InboxEvent, group: string): Promise<boolean> {
  return (await onceEach(trx, [event], group)).has(event.eventId)
}

/**
 * The same for several events in one statement: gives the IDs of those that are the first. An event that is there twice counts
 * once. Rows are written in the order of their IDs, so that two members with the same events cannot wait for each other.
 */
export async function onceEach<DB>(
  trx: Transaction<DB>,
  events: readonly InboxEvent[],
  group: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ eventId: string }>`
    insert into processed_events (event_id, consumer_group, aggregate_id, event_type)
    select event.id, ${group}, event.aggregate_id, event.type
    from unnest(
      ${events.map(({ eventId }) => eventId)}::uuid[], ${events.map(({ aggregateId }) => aggregateId)}::uuid[],
      ${events.map(({ eventType }) => eventType)}::text[]
    ) as event (id, aggregate_id, type)
    order by event.id
    on conflict (event_id, consumer_group) do nothing
    returning event_id as "eventId"`.execute(trx)
  return new Set(rows.map(({ eventId }) => eventId))
}
