-- Generated from the migrated database by `npm run generate`: do not edit. A migration changes the schema.

CREATE SCHEMA payment_service;
GRANT USAGE ON SCHEMA payment_service TO payment_svc_user;

ALTER DEFAULT PRIVILEGES IN SCHEMA payment_service GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO payment_svc_user;

CREATE TABLE payment_service.comparison_findings (
  id uuid NOT NULL DEFAULT uuidv7(),
  day date NOT NULL,
  kind text NOT NULL,
  portone_payment_id text NOT NULL,
  payment_id uuid,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  looks integer NOT NULL DEFAULT 0,
  next_look_at timestamp with time zone NOT NULL DEFAULT (now() + '00:00:10'::interval),
  last_error text,
  found_at timestamp with time zone NOT NULL DEFAULT now(),
  settled_at timestamp with time zone,
  CONSTRAINT comparison_findings_kind_check CHECK ((kind = ANY (ARRAY['UNKNOWN_PAYMENT'::text, 'NOT_SUCCESS_HERE'::text, 'NOT_PAID_THERE'::text, 'AMOUNT_DIFFERS'::text, 'REFUND_DIFFERS'::text]))),
  CONSTRAINT comparison_findings_looks_check CHECK ((looks >= 0)),
  CONSTRAINT comparison_findings_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment_service.payments(id),
  CONSTRAINT comparison_findings_pkey PRIMARY KEY (id),
  CONSTRAINT comparison_findings_unknown_has_no_payment CHECK (((kind = 'UNKNOWN_PAYMENT'::text) = (payment_id IS NULL)))
);
CREATE INDEX comparison_findings_to_look_at ON payment_service.comparison_findings USING btree (next_look_at) WHERE (settled_at IS NULL);
CREATE UNIQUE INDEX comparison_findings_open ON payment_service.comparison_findings USING btree (portone_payment_id) WHERE (settled_at IS NULL);
GRANT DELETE, INSERT, SELECT, UPDATE ON payment_service.comparison_findings TO payment_svc_user;

CREATE TABLE payment_service.comparisons (
  day date NOT NULL,
  fence bigint NOT NULL DEFAULT 1,
  listed_from timestamp with time zone NOT NULL,
  listed_until timestamp with time zone NOT NULL,
  page integer NOT NULL DEFAULT 0,
  payments_compared integer NOT NULL DEFAULT 0,
  started_at timestamp with time zone NOT NULL DEFAULT now(),
  finished_at timestamp with time zone,
  listed_by text NOT NULL DEFAULT 'CREATED_AT'::text,
  pages_left integer,
  tried_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT comparisons_fence_check CHECK ((fence > 0)),
  CONSTRAINT comparisons_listed_by_check CHECK ((listed_by = ANY (ARRAY['CREATED_AT'::text, 'STATUS_CHANGED_AT'::text]))),
  CONSTRAINT comparisons_page_check CHECK ((page >= 0)),
  CONSTRAINT comparisons_pages_left_check CHECK ((pages_left > 0)),
  CONSTRAINT comparisons_payments_compared_check CHECK ((payments_compared >= 0)),
  CONSTRAINT comparisons_pkey PRIMARY KEY (day),
  CONSTRAINT comparisons_span CHECK ((listed_from <= listed_until))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON payment_service.comparisons TO payment_svc_user;

CREATE TABLE payment_service.missing_tickets (
  payment_id uuid NOT NULL,
  last_outcome text NOT NULL,
  looks integer NOT NULL DEFAULT 1,
  looked_at timestamp with time zone NOT NULL DEFAULT now(),
  found_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT missing_tickets_looks_check CHECK ((looks > 0)),
  CONSTRAINT missing_tickets_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment_service.payments(id),
  CONSTRAINT missing_tickets_pkey PRIMARY KEY (payment_id)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON payment_service.missing_tickets TO payment_svc_user;

CREATE TABLE payment_service.payments (
  id uuid NOT NULL DEFAULT uuidv7(),
  reservation_id uuid NOT NULL,
  user_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  seat_ids uuid[] NOT NULL,
  hold_expires_at timestamp with time zone NOT NULL,
  payment_key text NOT NULL,
  request_fingerprint text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL DEFAULT 'KRW'::text,
  payment_method text NOT NULL DEFAULT 'CARD'::text,
  status text NOT NULL DEFAULT 'PENDING'::text,
  portone_payment_id text NOT NULL,
  portone_transaction_id text,
  portone_response jsonb,
  failure_reason text,
  paid_at timestamp with time zone,
  failed_at timestamp with time zone,
  refund_due_amount bigint,
  refund_reason text,
  refund_requested_at timestamp with time zone,
  refund_amount bigint,
  refunded_at timestamp with time zone,
  next_check_at timestamp with time zone,
  check_count integer NOT NULL DEFAULT 0,
  last_check_error text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  compared_at timestamp with time zone,
  store_id text,
  channel_key text,
  news_version integer NOT NULL DEFAULT 0,
  CONSTRAINT payments_amount_check CHECK ((amount >= 0)),
  CONSTRAINT payments_check_count_check CHECK ((check_count >= 0)),
  CONSTRAINT payments_currency_check CHECK ((currency = 'KRW'::text)),
  CONSTRAINT payments_failed_has_reason CHECK (((status <> 'FAILED'::text) OR ((failure_reason IS NOT NULL) AND (failed_at IS NOT NULL)))),
  CONSTRAINT payments_payment_key_unique UNIQUE (payment_key),
  CONSTRAINT payments_payment_method_check CHECK ((payment_method = 'CARD'::text)),
  CONSTRAINT payments_pkey PRIMARY KEY (id),
  CONSTRAINT payments_portone_payment_id_check CHECK ((portone_payment_id ~ '^[A-Za-z0-9]+$'::text)),
  CONSTRAINT payments_portone_payment_id_unique UNIQUE (portone_payment_id),
  CONSTRAINT payments_refund_amount_check CHECK ((refund_amount >= 0)),
  CONSTRAINT payments_refund_due_amount_check CHECK ((refund_due_amount >= 0)),
  CONSTRAINT payments_refunded_has_amount CHECK (((status <> 'REFUNDED'::text) OR ((refund_amount IS NOT NULL) AND (refunded_at IS NOT NULL)))),
  CONSTRAINT payments_seat_ids_check CHECK (((cardinality(seat_ids) >= 1) AND (cardinality(seat_ids) <= 4))),
  CONSTRAINT payments_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'SUCCESS'::text, 'FAILED'::text, 'REFUNDED'::text]))),
  CONSTRAINT payments_success_has_time CHECK (((status <> 'SUCCESS'::text) OR (paid_at IS NOT NULL)))
);
CREATE INDEX payments_mine ON payment_service.payments USING btree (user_id, created_at DESC, id DESC);
CREATE INDEX payments_not_compared ON payment_service.payments USING btree (created_at) WHERE ((status = 'SUCCESS'::text) AND (compared_at IS NULL));
CREATE INDEX payments_reservation ON payment_service.payments USING btree (reservation_id);
CREATE INDEX payments_to_check ON payment_service.payments USING btree (next_check_at) WHERE (next_check_at IS NOT NULL);
CREATE INDEX payments_unsettled ON payment_service.payments USING btree (created_at) WHERE ((status = 'PENDING'::text) OR ((status = 'SUCCESS'::text) AND (refund_due_amount IS NOT NULL)));
CREATE UNIQUE INDEX payments_one_live ON payment_service.payments USING btree (reservation_id) WHERE (status = ANY (ARRAY['PENDING'::text, 'SUCCESS'::text]));
CREATE TRIGGER set_updated_at BEFORE UPDATE ON payment_service.payments FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON payment_service.payments TO payment_svc_user;

CREATE TABLE payment_service.refund_pace (
  only_row boolean NOT NULL DEFAULT true,
  used_until timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT refund_pace_only_row_check CHECK (only_row),
  CONSTRAINT refund_pace_pkey PRIMARY KEY (only_row)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON payment_service.refund_pace TO payment_svc_user;

CREATE TABLE payment_service.saga_steps (
  id uuid NOT NULL DEFAULT uuidv7(),
  payment_id uuid NOT NULL,
  step text NOT NULL,
  state text NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT saga_steps_attempt_check CHECK ((attempt > 0)),
  CONSTRAINT saga_steps_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment_service.payments(id),
  CONSTRAINT saga_steps_pkey PRIMARY KEY (id),
  CONSTRAINT saga_steps_state_check CHECK ((state = ANY (ARRAY['STARTED'::text, 'DONE'::text, 'FAILED'::text, 'UNKNOWN'::text])))
);
CREATE INDEX saga_steps_payment ON payment_service.saga_steps USING btree (payment_id, at);
GRANT DELETE, INSERT, SELECT, UPDATE ON payment_service.saga_steps TO payment_svc_user;

CREATE TABLE payment_service.ticket_comparison (
  only_row boolean NOT NULL DEFAULT true,
  compared_until uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000000'::uuid,
  CONSTRAINT ticket_comparison_only_row_check CHECK (only_row),
  CONSTRAINT ticket_comparison_pkey PRIMARY KEY (only_row)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON payment_service.ticket_comparison TO payment_svc_user;

CREATE TABLE payment_service.webhook_deliveries (
  id uuid NOT NULL DEFAULT uuidv7(),
  webhook_id text NOT NULL,
  type text NOT NULL,
  portone_payment_id text,
  body jsonb NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT now(),
  processed_at timestamp with time zone,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  CONSTRAINT webhook_deliveries_attempts_check CHECK ((attempts >= 0)),
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_deliveries_webhook_id_unique UNIQUE (webhook_id)
);
CREATE INDEX webhook_deliveries_open ON payment_service.webhook_deliveries USING btree (received_at) WHERE (processed_at IS NULL);
CREATE INDEX webhook_deliveries_payment ON payment_service.webhook_deliveries USING btree (portone_payment_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON payment_service.webhook_deliveries TO payment_svc_user;
