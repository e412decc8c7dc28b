/* Generated from the migrated database by `npm run generate`: do not edit. */
import type { ColumnType } from "kysely";

export type DeadLetterOrdersAction = "DISCARD" | "REPLAY";

export type DeadLetterOrdersOutcome = "CANCELLED" | "DONE" | "FAILED";

export type DeadLettersStatus = "DISCARDED" | "OPEN" | "PARKED" | "REPLAYED";

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

export type ReservationsCancelReason = "EVENT_CANCELLED" | "HOLD_EXPIRED" | "HOLD_RELEASED" | "PAYMENT_FAILED" | "USER_CANCELLED";

export type ReservationSeatsGrade = "A" | "B" | "S" | "VIP";

export type ReservationsStatus = "CANCELLED" | "CONFIRMED" | "PENDING";

export type TicketConflictsReason = "ALREADY_USED" | "CANCELLED" | "TICKET_NOT_FOUND";

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export type WaitingListEntriesGrade = "A" | "B" | "S" | "VIP";

export type WaitingListEntriesStatus = "CLOSED" | "EXPIRED" | "LEFT" | "OFFERED" | "TAKEN" | "WAITING";

export interface CancelledSchedules {
  cancelled_at: Timestamp;
  causation_id: string;
  correlation_id: string;
  event_id: string;
  finished_at: Timestamp | null;
  recorded_at: Generated<Timestamp>;
  schedule_id: string;
}

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

export interface Reservations {
  artist: string;
  cancel_reason: ReservationsCancelReason | null;
  cancellation_policy: Generated<string>;
  cancelled_at: Timestamp | null;
  confirmed_at: Timestamp | null;
  created_at: Generated<Timestamp>;
  event_id: string;
  event_schedule_id: string;
  event_start_at: Timestamp;
  event_title: string;
  fee_amount: number | null;
  hall_name: string;
  hold_expires_at: Timestamp;
  id: Generated<string>;
  offer_accepted_at: Timestamp | null;
  payment_id: string | null;
  payment_started_at: Timestamp | null;
  payment_version: number | null;
  refund_amount: number | null;
  refused_payment_ids: Generated<string[]>;
  status: Generated<ReservationsStatus>;
  ticket_number: string | null;
  total_amount: number;
  updated_at: Generated<Timestamp>;
  user_id: string;
  venue_name: string;
  version: Generated<number>;
  waiting_list_entry_id: string | null;
}

export interface ReservationSeats {
  active: Generated<boolean>;
  created_at: Generated<Timestamp>;
  dropped_at: Timestamp | null;
  grade: ReservationSeatsGrade;
  id: Generated<string>;
  passed_on_at: Timestamp | null;
  price: number;
  reservation_id: string;
  schedule_id: string;
  seat_id: string;
  seat_number: string;
  sold_as: string | null;
  updated_at: Generated<Timestamp>;
  withheld_at: Timestamp | null;
}

export interface ShowTimes {
  event_start_at: Timestamp;
  schedule_id: string;
  updated_at: Generated<Timestamp>;
  version: number;
}

export interface TicketConflicts {
  gate: string | null;
  id: Generated<string>;
  reason: TicketConflictsReason;
  recorded_at: Generated<Timestamp>;
  scanned_at: Timestamp;
  scanned_by: string;
  schedule_id: string;
  seat_id: string;
  ticket_number: string;
}

export interface TicketEntries {
  entered_at: Generated<Timestamp>;
  gate: string | null;
  id: Generated<string>;
  offline: Generated<boolean>;
  recorded_at: Generated<Timestamp>;
  reservation_id: string;
  reservation_version: number;
  scanned_by: string;
  schedule_id: string;
  seat_id: string;
}

export interface WaitingListEntries {
  ended_at: Timestamp | null;
  event_id: string;
  event_start_at: Timestamp;
  event_title: string;
  grade: WaitingListEntriesGrade | null;
  id: Generated<string>;
  joined_at: Generated<Timestamp>;
  position: Generated<number>;
  schedule_id: string;
  seats_wanted: number;
  status: Generated<WaitingListEntriesStatus>;
  updated_at: Generated<Timestamp>;
  user_id: string;
}

export interface Database {
  cancelled_schedules: CancelledSchedules;
  dead_letter_orders: DeadLetterOrders;
  dead_letters: DeadLetters;
  message_starts: MessageStarts;
  outbox_events: OutboxEvents;
  processed_events: ProcessedEvents;
  reservation_seats: ReservationSeats;
  reservations: Reservations;
  show_times: ShowTimes;
  ticket_conflicts: TicketConflicts;
  ticket_entries: TicketEntries;
  waiting_list_entries: WaitingListEntries;
}
