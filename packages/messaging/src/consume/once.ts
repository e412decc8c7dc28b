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
  const result = await sql`
    insert into processed_events (event_id, consumer_group, aggregate_id, event_type)
    values (${event.eventId}, ${group}, ${event.aggregateId}, ${event.eventType})
    on conflict (event_id, consumer_group) do nothing`.execute(trx)
  return result.numAffectedRows === 1n
}
