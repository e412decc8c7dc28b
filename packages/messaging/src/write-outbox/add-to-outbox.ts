import { type EventType, eventKey, events } from '@ticket-queue/contracts/events'
import { sql, type Transaction } from 'kysely'
import type { EventOf } from './new-event.ts'

/** Any event of the contracts. */
export type OutgoingEvent = { [Type in EventType]: EventOf<Type> }[EventType]

/**
 * Writes events into the outbox within the caller's transaction (RSV-012, PAY-012): they reach Kafka if and only if it commits,
 * and events of one key in the order they were written. `traceparent` is the W3C trace context to go on with.
 * Throws a ZodError if an event does not match its contract, so that a wrong event undoes the change it reports.
 */
export async function addToOutbox<DB>(
  trx: Transaction<DB>,
  added: OutgoingEvent | readonly OutgoingEvent[],
  options: { readonly traceparent?: string } = {},
): Promise<void> {
  const rows = [added].flat().map((event) => outboxRow(event as OutgoingEvent, options))
  if (rows.length === 0) return
  await sql`
    insert into outbox_events (id, aggregate_type, aggregate_id, event_type, topic, key, payload, headers)
    select id, aggregate_type, aggregate_id, event_type, topic, key, payload, headers
    from rows from (
      jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as (
        id uuid, aggregate_type text, aggregate_id uuid, event_type text, topic text, key text, payload jsonb, headers jsonb
      )
    ) with ordinality
    order by ordinality`.execute(trx)
}

function outboxRow(added: OutgoingEvent, { traceparent }: { readonly traceparent?: string }) {
  const { topic, schema } = events[added.eventType]
  const event = schema.parse(added)
  return {
    id: event.eventId,
    aggregate_type: event.aggregateType,
    aggregate_id: event.aggregateId,
    event_type: event.eventType,
    topic: topic.name,
    key: eventKey(event),
    payload: event,
    headers: {
      eventId: event.eventId,
      eventType: event.eventType,
      'x-request-id': event.metadata.correlationId,
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  }
}
