/* Generated from the migrated database by `npm run generate`: do not edit. */
import type { ColumnType } from "kysely";

export type DeadLetterOrdersAction = "DISCARD" | "REPLAY";

export type DeadLetterOrdersOutcome = "CANCELLED" | "DONE" | "FAILED";

export type DeadLettersStatus = "DISCARDED" | "OPEN" | "PARKED" | "REPLAYED";

export type DrawsStatus = "CLOSED" | "COMMITTED" | "DRAWN" | "PUBLISHED" | "VOID";

export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;

export type Json = ColumnType<JsonValue, string, string>;

export type JsonArray = JsonValue[];

export type JsonObject = {
  [x: string]: JsonValue | undefined;
};

export type JsonPrimitive = boolean | number | string | null;

export type JsonValue = JsonArray | JsonObject | JsonPrimitive;

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export interface DeadLetterOrders {
  action: DeadLetterOrdersAction;
  cancelled_by: string | null;
  carried_out_at: Timestamp | null;
  error: string | null;
  id: Generated<string>;
  letter_id: string;
  ordered_at: Generated<Timestamp>;
  ordered_by: string;
  outcome: DeadLetterOrdersOutcome | null;
  reason: string | null;
  service: string;
}

export interface DeadLetters {
  consumer_group: string | null;
  copy_due: Generated<boolean>;
  created_at: Generated<Timestamp>;
  discarded_at: Timestamp | null;
  error: string;
  event_type: string | null;
  headers: Generated<Json>;
  id: Generated<string>;
  key: string | null;
  lane: Generated<string | null>;
  offset: number | null;
  partition: number | null;
  replayed_at: Timestamp | null;
  service: Generated<string>;
  starts: Generated<number>;
  status: Generated<DeadLettersStatus>;
  topic: string;
  value: Buffer | null;
}

export interface DrawRosterParts {
  draw_id: string;
  entrant_ids: Buffer;
  first_index: number;
}

export interface Draws {
  beacon_at: Timestamp | null;
  beacon_by: string | null;
  beacon_reference: string | null;
  beacon_source: string | null;
  beacon_value: string | null;
  closed_at: Timestamp | null;
  closes_at: Timestamp;
  commitment: string;
  committed_at: Timestamp;
  committed_by: string | null;
  draw_key: string | null;
  entrant_count: number | null;
  id: Generated<string>;
  opens_at: Timestamp;
  published_at: Timestamp | null;
  published_by: string | null;
  roster_digest: string | null;
  salt: string;
  schedule_id: string;
  seed: string;
  status: Generated<DrawsStatus>;
  void_reason: string | null;
  voided_at: Timestamp | null;
  voided_by: string | null;
}

export interface MessageStarts {
  consumer_group: string;
  offset: number;
  partition: number;
  service: Generated<string>;
  started_at: Generated<Timestamp>;
  starts: number;
  topic: string;
}

export interface OutboxEvents {
  aggregate_id: string;
  aggregate_type: string;
  created_at: Generated<Timestamp>;
  event_type: string;
  headers: Generated<Json>;
  id: Generated<string>;
  key: string;
  last_error: string | null;
  payload: Json;
  published: Generated<boolean>;
  published_at: Timestamp | null;
  retry_count: Generated<number>;
  seq: Generated<number>;
  service: Generated<string>;
  topic: string;
}

export interface ProcessedEvents {
  aggregate_id: string;
  consumer_group: string;
  event_id: string;
  event_type: string;
  processed_at: Generated<Timestamp>;
  service: Generated<string>;
}

export interface Settings {
  kept_at: Generated<Timestamp>;
  schedule_id: string;
  set_us: number;
  settings: Json;
}

export interface Database {
  dead_letter_orders: DeadLetterOrders;
  dead_letters: DeadLetters;
  draw_roster_parts: DrawRosterParts;
  draws: Draws;
  message_starts: MessageStarts;
  outbox_events: OutboxEvents;
  processed_events: ProcessedEvents;
  settings: Settings;
}
