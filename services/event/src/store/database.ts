/* Generated from the migrated database by `npm run generate`: do not edit. */
import type { ColumnType } from "kysely";

export type DeadLetterOrdersAction = "DISCARD" | "REPLAY";

export type DeadLetterOrdersOutcome = "CANCELLED" | "DONE" | "FAILED";

export type DeadLettersStatus = "DISCARDED" | "OPEN" | "PARKED" | "REPLAYED";

export type EventSchedulesStatus = "CANCELLED" | "ENDED" | "ONGOING" | "UPCOMING";

export type EventsReleasePolicy = "AT_ONCE" | "BATCHED" | "WAITING_LIST";

export type EventsStatus = "CANCELLED" | "ENDED" | "OPEN" | "PREPARING";

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

export type SchedulePricesGrade = "A" | "B" | "S" | "VIP";

export type SeatSalesState = "CONFIRMED" | "LAPSED" | "RELEASED" | "SOLD";

export type SeatsGrade = "A" | "B" | "S" | "VIP";

export type SeatsStatus = "AVAILABLE" | "SOLD";

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

export interface EventAnnouncements {
  body: string;
  created_at: Generated<Timestamp>;
  event_id: string;
  event_schedule_id: string | null;
  id: Generated<string>;
}

export interface Events {
  artist: string;
  avoid_orphans: Generated<boolean>;
  cancel_reason: string | null;
  cancelled_at: Timestamp | null;
  created_at: Generated<Timestamp>;
  deleted_at: Timestamp | null;
  description: Generated<string>;
  hall_id: string;
  id: Generated<string>;
  per_person_max: number | null;
  poster_url: string | null;
  release_at: string | null;
  release_policy: Generated<EventsReleasePolicy>;
  search_text: Generated<string>;
  status: Generated<EventsStatus>;
  title: string;
  updated_at: Generated<Timestamp>;
  venue_id: string;
  version: Generated<number>;
}

export interface EventSchedules {
  created_at: Generated<Timestamp>;
  event_end_at: Timestamp;
  event_id: string;
  event_start_at: Timestamp;
  id: Generated<string>;
  layout_version: Generated<number>;
  play_sequence: number;
  sale_end_at: Timestamp;
  sale_start_at: Timestamp;
  status: Generated<EventSchedulesStatus>;
  updated_at: Generated<Timestamp>;
  version: Generated<number>;
}

export interface Halls {
  capacity: number;
  created_at: Generated<Timestamp>;
  deleted_at: Timestamp | null;
  id: Generated<string>;
  name: string;
  seat_template: Json;
  updated_at: Generated<Timestamp>;
  venue_id: string;
  version: Generated<number>;
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

export interface SchedulePrices {
  created_at: Generated<Timestamp>;
  event_schedule_id: string;
  grade: SchedulePricesGrade;
  price: number;
  updated_at: Generated<Timestamp>;
}

export interface Seats {
  accessible: Generated<boolean>;
  companion_of: number | null;
  created_at: Generated<Timestamp>;
  event_schedule_id: string;
  grade: SeatsGrade;
  id: Generated<string>;
  ordinal: number;
  price: number;
  reservation_id: string | null;
  restricted_view: Generated<boolean>;
  row_label: string;
  seat_number: string;
  section: string;
  status: Generated<SeatsStatus>;
  updated_at: Generated<Timestamp>;
  x: number;
  y: number;
}

export interface SeatSales {
  created_at: Generated<Timestamp>;
  reservation_id: string;
  schedule_id: string;
  state: SeatSalesState;
  updated_at: Generated<Timestamp>;
}

export interface Venues {
  address: string;
  city: string;
  created_at: Generated<Timestamp>;
  deleted_at: Timestamp | null;
  id: Generated<string>;
  name: string;
  updated_at: Generated<Timestamp>;
  version: Generated<number>;
}

export interface Database {
  dead_letter_orders: DeadLetterOrders;
  dead_letters: DeadLetters;
  event_announcements: EventAnnouncements;
  event_schedules: EventSchedules;
  events: Events;
  halls: Halls;
  message_starts: MessageStarts;
  outbox_events: OutboxEvents;
  processed_events: ProcessedEvents;
  schedule_prices: SchedulePrices;
  seat_sales: SeatSales;
  seats: Seats;
  venues: Venues;
}
