-- Generated from the migrated database by `npm run generate`: do not edit. A migration changes the schema.

ROLE event_svc_user LOGIN
  SET idle_in_transaction_session_timeout=15s
  SET lock_timeout=3s
  SET search_path=event_service, common
  SET statement_timeout=10s;
ROLE payment_svc_user LOGIN
  SET idle_in_transaction_session_timeout=15s
  SET lock_timeout=3s
  SET search_path=payment_service, common
  SET statement_timeout=10s;
ROLE queue_svc_user LOGIN
  SET idle_in_transaction_session_timeout=15s
  SET lock_timeout=3s
  SET search_path=queue_service, common
  SET statement_timeout=10s;
ROLE reservation_svc_user LOGIN
  SET idle_in_transaction_session_timeout=15s
  SET lock_timeout=3s
  SET search_path=reservation_service, common
  SET statement_timeout=10s;
ROLE user_svc_user LOGIN
  SET idle_in_transaction_session_timeout=15s
  SET lock_timeout=3s
  SET search_path=user_service, common
  SET statement_timeout=10s;

CREATE SCHEMA common;
GRANT USAGE ON SCHEMA common TO event_svc_user;
GRANT USAGE ON SCHEMA common TO payment_svc_user;
GRANT USAGE ON SCHEMA common TO queue_svc_user;
GRANT USAGE ON SCHEMA common TO reservation_svc_user;
GRANT USAGE ON SCHEMA common TO user_svc_user;

ALTER DEFAULT PRIVILEGES IN SCHEMA common GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO event_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA common GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO payment_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA common GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO queue_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA common GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO reservation_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA common GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO user_svc_user;

CREATE OR REPLACE FUNCTION common.lane_of(topic text, key text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN md5(((topic || ' '::text) || key));
CREATE OR REPLACE FUNCTION common.set_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END
$function$;

CREATE TABLE common.dead_letter_orders (
  id uuid NOT NULL DEFAULT uuidv7(),
  letter_id uuid NOT NULL,
  service text COLLATE "C" NOT NULL,
  action text NOT NULL,
  reason text,
  ordered_by uuid NOT NULL,
  ordered_at timestamp with time zone NOT NULL DEFAULT now(),
  carried_out_at timestamp with time zone,
  outcome text,
  error text,
  cancelled_by uuid,
  CONSTRAINT dead_letter_orders_action_check CHECK ((action = ANY (ARRAY['REPLAY'::text, 'DISCARD'::text]))),
  CONSTRAINT dead_letter_orders_cancelled_by_somebody CHECK (((cancelled_by IS NOT NULL) = (NOT (outcome IS DISTINCT FROM 'CANCELLED'::text)))),
  CONSTRAINT dead_letter_orders_letter_id_fkey FOREIGN KEY (letter_id) REFERENCES common.dead_letters(id) ON DELETE CASCADE,
  CONSTRAINT dead_letter_orders_outcome_check CHECK ((outcome = ANY (ARRAY['DONE'::text, 'FAILED'::text, 'CANCELLED'::text]))),
  CONSTRAINT dead_letter_orders_outcome_has_time CHECK (((outcome IS NULL) = (carried_out_at IS NULL))),
  CONSTRAINT dead_letter_orders_pkey PRIMARY KEY (id)
);
CREATE INDEX dead_letter_orders_letter ON common.dead_letter_orders USING btree (letter_id, ordered_at);
CREATE INDEX dead_letter_orders_pending ON common.dead_letter_orders USING btree (service, ordered_at) WHERE (carried_out_at IS NULL);
CREATE UNIQUE INDEX dead_letter_orders_one_pending ON common.dead_letter_orders USING btree (letter_id) WHERE (carried_out_at IS NULL);
CREATE POLICY dead_letter_orders_cancel ON common.dead_letter_orders FOR UPDATE TO payment_svc_user USING ((carried_out_at IS NULL)) WITH CHECK ((outcome = 'CANCELLED'::text));
CREATE POLICY dead_letter_orders_carry_out ON common.dead_letter_orders FOR UPDATE USING ((service = CURRENT_USER)) WITH CHECK ((service = CURRENT_USER));
CREATE POLICY dead_letter_orders_give ON common.dead_letter_orders FOR INSERT TO payment_svc_user WITH CHECK ((carried_out_at IS NULL));
CREATE POLICY dead_letter_orders_read ON common.dead_letter_orders FOR SELECT USING (((service = CURRENT_USER) OR (CURRENT_USER = 'payment_svc_user'::name)));
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letter_orders TO event_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letter_orders TO payment_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letter_orders TO queue_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letter_orders TO reservation_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letter_orders TO user_svc_user;
ALTER TABLE common.dead_letter_orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.dead_letter_orders FORCE ROW LEVEL SECURITY;

CREATE TABLE common.dead_letters (
  id uuid NOT NULL DEFAULT uuidv7(),
  service text COLLATE "C" NOT NULL DEFAULT CURRENT_USER,
  topic text NOT NULL,
  partition integer,
  "offset" bigint,
  key text,
  value bytea,
  headers jsonb NOT NULL DEFAULT '{}'::jsonb,
  error text NOT NULL,
  consumer_group text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  replayed_at timestamp with time zone,
  event_type text,
  status text NOT NULL DEFAULT 'OPEN'::text,
  discarded_at timestamp with time zone,
  lane text COLLATE "C" GENERATED ALWAYS AS (common.lane_of(topic, key)) STORED,
  starts integer NOT NULL DEFAULT 0,
  copy_due boolean NOT NULL DEFAULT false,
  CONSTRAINT dead_letters_discarded_has_time CHECK (((status = 'DISCARDED'::text) = (discarded_at IS NOT NULL))),
  CONSTRAINT dead_letters_pkey PRIMARY KEY (id),
  CONSTRAINT dead_letters_replayed_has_time CHECK (((status = 'REPLAYED'::text) = (replayed_at IS NOT NULL))),
  CONSTRAINT dead_letters_starts_check CHECK ((starts >= 0)),
  CONSTRAINT dead_letters_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'PARKED'::text, 'REPLAYED'::text, 'DISCARDED'::text])))
);
CREATE INDEX dead_letters_copies_due ON common.dead_letters USING btree (service, id) WHERE copy_due;
CREATE INDEX dead_letters_lanes ON common.dead_letters USING btree (service, consumer_group, lane, "offset") WHERE (status = ANY (ARRAY['OPEN'::text, 'PARKED'::text]));
CREATE INDEX dead_letters_open ON common.dead_letters USING btree (service, created_at) WHERE (status = 'OPEN'::text);
CREATE UNIQUE INDEX dead_letters_one_a_message ON common.dead_letters USING btree (service, consumer_group, topic, partition, "offset");
CREATE POLICY dead_letters_operated ON common.dead_letters FOR SELECT TO payment_svc_user USING (true);
CREATE POLICY dead_letters_own ON common.dead_letters USING ((service = CURRENT_USER)) WITH CHECK ((service = CURRENT_USER));
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letters TO event_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letters TO payment_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letters TO queue_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letters TO reservation_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.dead_letters TO user_svc_user;
ALTER TABLE common.dead_letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.dead_letters FORCE ROW LEVEL SECURITY;

CREATE TABLE common.message_starts (
  service text COLLATE "C" NOT NULL DEFAULT CURRENT_USER,
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  starts integer NOT NULL,
  started_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT message_starts_pkey PRIMARY KEY (service, consumer_group, topic, partition),
  CONSTRAINT message_starts_starts_check CHECK ((starts >= 0))
);
CREATE POLICY message_starts_own ON common.message_starts USING ((service = CURRENT_USER)) WITH CHECK ((service = CURRENT_USER));
GRANT DELETE, INSERT, SELECT, UPDATE ON common.message_starts TO event_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.message_starts TO payment_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.message_starts TO queue_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.message_starts TO reservation_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.message_starts TO user_svc_user;
ALTER TABLE common.message_starts ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.message_starts FORCE ROW LEVEL SECURITY;

CREATE TABLE common.outbox_events (
  id uuid NOT NULL DEFAULT uuidv7(),
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  service text COLLATE "C" NOT NULL DEFAULT CURRENT_USER,
  aggregate_type text NOT NULL,
  aggregate_id uuid NOT NULL,
  event_type text NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  payload jsonb NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}'::jsonb,
  published boolean NOT NULL DEFAULT false,
  published_at timestamp with time zone,
  retry_count integer NOT NULL DEFAULT 0,
  last_error text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT outbox_events_pkey PRIMARY KEY (id),
  CONSTRAINT outbox_events_published_has_time CHECK ((published = (published_at IS NOT NULL))),
  CONSTRAINT outbox_events_retry_count_check CHECK ((retry_count >= 0))
) WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000);
CREATE INDEX outbox_events_sent ON common.outbox_events USING btree (service, published_at) WHERE published;
CREATE INDEX outbox_events_unsent ON common.outbox_events USING btree (service, seq) WHERE (NOT published);
CREATE POLICY outbox_events_own ON common.outbox_events USING ((service = CURRENT_USER)) WITH CHECK ((service = CURRENT_USER));
GRANT DELETE, INSERT, SELECT, UPDATE ON common.outbox_events TO event_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.outbox_events TO payment_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.outbox_events TO queue_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.outbox_events TO reservation_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.outbox_events TO user_svc_user;
ALTER TABLE common.outbox_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.outbox_events FORCE ROW LEVEL SECURITY;

CREATE TABLE common.processed_events (
  event_id uuid NOT NULL,
  consumer_group text NOT NULL,
  service text COLLATE "C" NOT NULL DEFAULT CURRENT_USER,
  aggregate_id uuid NOT NULL,
  event_type text NOT NULL,
  processed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT processed_events_pkey PRIMARY KEY (event_id, consumer_group)
);
CREATE INDEX processed_events_age ON common.processed_events USING btree (service, processed_at);
CREATE POLICY processed_events_own ON common.processed_events USING ((service = CURRENT_USER)) WITH CHECK ((service = CURRENT_USER));
GRANT DELETE, INSERT, SELECT, UPDATE ON common.processed_events TO event_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.processed_events TO payment_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.processed_events TO queue_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.processed_events TO reservation_svc_user;
GRANT DELETE, INSERT, SELECT, UPDATE ON common.processed_events TO user_svc_user;
ALTER TABLE common.processed_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.processed_events FORCE ROW LEVEL SECURITY;
