import { sql, type Transaction } from 'kysely'
import { keyText } from '../dead-letters/letter-text.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'
import type { Placed } from './placed.ts'

/** An event with the message it came in. */
export interface Arrived {
  readonly event: OutgoingEvent
  readonly placed: Placed
}

/** Which events of several may be applied now. Those in neither set are repeats: their effect is there, or was given up. */
export interface Admitted {
  /** The IDs of those that came for the first time. */
  readonly fresh: ReadonlySet<string>
  /** Those that must wait behind a letter of their key. */
  readonly behind: ReadonlySet<Arrived>
}

/**
 * Writes the inbox rows of events of one partition for a group, except of those behind a letter of their key that is open or
 * parked (reliability.md, decision 11): both in one statement, first in the transaction of the effects. An open letter of the
 * message itself, left by a try before a crash, holds nothing back; one that was replayed or discarded ends it. Rows are written in the order of their IDs, so that two
 * members with the same events cannot wait for each other.
 */
export async function admitEvents<DB>(
  trx: Transaction<DB>,
  arrived: readonly Arrived[],
  group: string,
): Promise<Admitted> {
  const [first] = arrived
  if (first === undefined) return { fresh: new Set(), behind: new Set() }
  const { topic, partition } = first.placed
  const { rows } = await sql<{ eventId: string; position: number | null }>`
    with arrived as (
      select one.*, exists (
        select from dead_letters as letter
        where letter.service = current_user and letter.consumer_group = ${group}
          and letter.lane = lane_of(${topic}::text, one.key) and letter.status in ('OPEN', 'PARKED')
          and (letter.partition <> ${partition}::integer or letter."offset" < one."offset")
      ) as is_behind, exists (
        select from dead_letters as own
        where own.service = current_user and own.consumer_group = ${group} and own.topic = ${topic}
          and own.partition = ${partition}::integer and own."offset" = one."offset"
          and own.status in ('REPLAYED', 'DISCARDED')
      ) as is_over
      from unnest(
        ${arrived.map(({ event }) => event.eventId)}::uuid[], ${arrived.map(({ event }) => event.aggregateId)}::uuid[],
        ${arrived.map(({ event }) => event.eventType)}::text[],
        ${arrived.map(({ placed }) => keyText(placed.message.key))}::text[],
        ${arrived.map(({ placed }) => placed.message.offset)}::bigint[]
      ) with ordinality as one (id, aggregate_id, type, key, "offset", position)
    ), fresh as (
      insert into processed_events (event_id, consumer_group, aggregate_id, event_type)
      select id, ${group}, aggregate_id, type from arrived where not is_behind and not is_over order by id
      on conflict (event_id, consumer_group) do nothing
      returning event_id
    )
    select event_id as "eventId", null::integer as position from fresh
    union all
    select id, position::integer from arrived where is_behind and not is_over`.execute(trx)
  return {
    fresh: new Set(rows.flatMap(({ eventId, position }) => (position === null ? [eventId] : []))),
    behind: new Set(rows.flatMap(({ position }) => (position === null ? [] : arrived.slice(position - 1, position)))),
  }
}
