/* Generated from the migrated database by `npm run generate`: do not edit. */
import type { ColumnType } from "kysely";

export type ComparisonFindingsKind = "AMOUNT_DIFFERS" | "NOT_PAID_THERE" | "NOT_SUCCESS_HERE" | "REFUND_DIFFERS" | "UNKNOWN_PAYMENT";

export type ComparisonsListedBy = "CREATED_AT" | "STATUS_CHANGED_AT";

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

export type PaymentsCurrency = "KRW";

export type PaymentsPaymentMethod = "CARD";

export type PaymentsStatus = "FAILED" | "PENDING" | "REFUNDED" | "SUCCESS";

export type SagaStepsState = "DONE" | "FAILED" | "STARTED" | "UNKNOWN";

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export interface ComparisonFindings {
  day: Timestamp;
  detail: Generated<Json>;
  found_at: Generated<Timestamp>;
  id: Generated<string>;
  kind: ComparisonFindingsKind;
  last_error: string | null;
  looks: Generated<number>;
  next_look_at: Generated<Timestamp>;
  payment_id: string | null;
  portone_payment_id: string;
  settled_at: Timestamp | null;
}

export interface Comparisons {
  day: Timestamp;
  fence: Generated<number>;
  finished_at: Timestamp | null;
  listed_by: Generated<ComparisonsListedBy>;
  listed_from: Timestamp;
  listed_until: Timestamp;
  page: Generated<number>;
  pages_left: number | null;
  payments_compared: Generated<number>;
  started_at: Generated<Timestamp>;
  tried_at: Generated<Timestamp>;
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

export interface MissingTickets {
  found_at: Generated<Timestamp>;
  last_outcome: string;
  looked_at: Generated<Timestamp>;
  looks: Generated<number>;
  payment_id: string;
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

export interface Payments {
  amount: number;
  channel_key: string | null;
  check_count: Generated<number>;
  compared_at: Timestamp | null;
  created_at: Generated<Timestamp>;
  currency: Generated<PaymentsCurrency>;
  failed_at: Timestamp | null;
  failure_reason: string | null;
  hold_expires_at: Timestamp;
  id: Generated<string>;
  last_check_error: string | null;
  news_version: Generated<number>;
  next_check_at: Timestamp | null;
  paid_at: Timestamp | null;
  payment_key: string;
  payment_method: Generated<PaymentsPaymentMethod>;
  portone_payment_id: string;
  portone_response: Json | null;
  portone_transaction_id: string | null;
  refund_amount: number | null;
  refund_due_amount: number | null;
  refund_reason: string | null;
  refund_requested_at: Timestamp | null;
  refunded_at: Timestamp | null;
  request_fingerprint: string;
  reservation_id: string;
  schedule_id: string;
  seat_ids: string[];
  status: Generated<PaymentsStatus>;
  store_id: string | null;
  updated_at: Generated<Timestamp>;
  user_id: string;
  version: Generated<number>;
}

export interface ProcessedEvents {
  aggregate_id: string;
  consumer_group: string;
  event_id: string;
  event_type: string;
  processed_at: Generated<Timestamp>;
  service: Generated<string>;
}

export interface RefundPace {
  only_row: Generated<boolean>;
  used_until: Generated<Timestamp>;
}

export interface SagaSteps {
  at: Generated<Timestamp>;
  attempt: Generated<number>;
  detail: Generated<Json>;
  id: Generated<string>;
  payment_id: string;
  state: SagaStepsState;
  step: string;
}

export interface TicketComparison {
  compared_until: Generated<string>;
  only_row: Generated<boolean>;
}

export interface WebhookDeliveries {
  attempts: Generated<number>;
  body: Json;
  id: Generated<string>;
  last_error: string | null;
  portone_payment_id: string | null;
  processed_at: Timestamp | null;
  received_at: Generated<Timestamp>;
  type: string;
  webhook_id: string;
}

export interface Database {
  comparison_findings: ComparisonFindings;
  comparisons: Comparisons;
  dead_letter_orders: DeadLetterOrders;
  dead_letters: DeadLetters;
  message_starts: MessageStarts;
  missing_tickets: MissingTickets;
  outbox_events: OutboxEvents;
  payments: Payments;
  processed_events: ProcessedEvents;
  refund_pace: RefundPace;
  saga_steps: SagaSteps;
  ticket_comparison: TicketComparison;
  webhook_deliveries: WebhookDeliveries;
}
