-- Generated from the migrated database by `npm run generate`: do not edit. A migration changes the schema.

CREATE SCHEMA reservation_service;
GRANT USAGE ON SCHEMA reservation_service TO reservation_svc_user;

ALTER DEFAULT PRIVILEGES IN SCHEMA reservation_service GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO reservation_svc_user;

CREATE TABLE reservation_service.cancelled_schedules (
  schedule_id uuid NOT NULL,
  event_id uuid NOT NULL,
  cancelled_at timestamp with time zone NOT NULL,
  correlation_id text NOT NULL,
  causation_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL DEFAULT now(),
  finished_at timestamp with time zone,
  CONSTRAINT cancelled_schedules_pkey PRIMARY KEY (schedule_id)
);
CREATE INDEX cancelled_schedules_open ON reservation_service.cancelled_schedules USING btree (recorded_at) WHERE (finished_at IS NULL);
GRANT DELETE, INSERT, SELECT, UPDATE ON reservation_service.cancelled_schedules TO reservation_svc_user;

CREATE TABLE reservation_service.reservation_seats (
  id uuid NOT NULL DEFAULT uuidv7(),
  reservation_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  seat_id uuid NOT NULL,
  seat_number text NOT NULL,
  grade text NOT NULL,
  price bigint NOT NULL,
  active boolean NOT NULL DEFAULT true,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  dropped_at timestamp with time zone,
  sold_as uuid,
  withheld_at timestamp with time zone,
  passed_on_at timestamp with time zone,
  CONSTRAINT reservation_seats_dropped_is_free CHECK (((dropped_at IS NULL) OR (NOT active))),
  CONSTRAINT reservation_seats_grade_check CHECK ((grade = ANY (ARRAY['VIP'::text, 'S'::text, 'A'::text, 'B'::text]))),
  CONSTRAINT reservation_seats_pkey PRIMARY KEY (id),
  CONSTRAINT reservation_seats_price_check CHECK ((price >= 0)),
  CONSTRAINT reservation_seats_reservation_id_fkey FOREIGN KEY (reservation_id) REFERENCES reservation_service.reservations(id),
  CONSTRAINT reservation_seats_sold_as_fkey FOREIGN KEY (sold_as) REFERENCES reservation_service.reservations(id),
  CONSTRAINT reservation_seats_withheld_is_active CHECK (
CASE
    WHEN (withheld_at IS NULL) THEN (passed_on_at IS NULL)
    ELSE ((active = (passed_on_at IS NULL)) AND (sold_as IS NOT NULL))
END)
);
CREATE INDEX reservation_seats_dropped ON reservation_service.reservation_seats USING btree (dropped_at) WHERE (dropped_at IS NOT NULL);
CREATE INDEX reservation_seats_reservation ON reservation_service.reservation_seats USING btree (reservation_id);
CREATE INDEX reservation_seats_sold_as ON reservation_service.reservation_seats USING btree (sold_as) WHERE (sold_as IS NOT NULL);
CREATE INDEX reservation_seats_withheld ON reservation_service.reservation_seats USING btree (schedule_id, withheld_at) WHERE ((withheld_at IS NOT NULL) AND (passed_on_at IS NULL));
CREATE UNIQUE INDEX reservation_seats_one_active ON reservation_service.reservation_seats USING btree (schedule_id, seat_id) WHERE active;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON reservation_service.reservation_seats FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON reservation_service.reservation_seats TO reservation_svc_user;

CREATE TABLE reservation_service.reservations (
  id uuid NOT NULL DEFAULT uuidv7(),
  user_id uuid NOT NULL,
  event_id uuid NOT NULL,
  event_schedule_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'PENDING'::text,
  total_amount bigint NOT NULL,
  event_title text NOT NULL,
  artist text NOT NULL,
  venue_name text NOT NULL,
  hall_name text NOT NULL,
  event_start_at timestamp with time zone NOT NULL,
  hold_expires_at timestamp with time zone NOT NULL,
  payment_id uuid,
  payment_started_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  ticket_number text,
  cancelled_at timestamp with time zone,
  cancel_reason text,
  refund_amount bigint,
  fee_amount bigint,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  cancellation_policy text NOT NULL DEFAULT 'concert-1'::text,
  waiting_list_entry_id uuid,
  offer_accepted_at timestamp with time zone,
  payment_version integer,
  refused_payment_ids uuid[] NOT NULL DEFAULT '{}'::uuid[],
  CONSTRAINT reservations_accepted_was_offered CHECK (((offer_accepted_at IS NULL) OR (waiting_list_entry_id IS NOT NULL))),
  CONSTRAINT reservations_cancel_reason_check CHECK ((cancel_reason = ANY (ARRAY['HOLD_EXPIRED'::text, 'HOLD_RELEASED'::text, 'PAYMENT_FAILED'::text, 'USER_CANCELLED'::text, 'EVENT_CANCELLED'::text]))),
  CONSTRAINT reservations_cancelled_has_reason CHECK ((((status = 'CANCELLED'::text) = (cancelled_at IS NOT NULL)) AND ((status = 'CANCELLED'::text) = (cancel_reason IS NOT NULL)))),
  CONSTRAINT reservations_check CHECK (((refund_amount >= 0) AND (refund_amount <= total_amount))),
  CONSTRAINT reservations_check1 CHECK (((fee_amount >= 0) AND (fee_amount <= total_amount))),
  CONSTRAINT reservations_confirmed_has_ticket CHECK (((status <> 'CONFIRMED'::text) OR ((confirmed_at IS NOT NULL) AND (ticket_number IS NOT NULL)))),
  CONSTRAINT reservations_payment_has_start CHECK (((payment_id IS NULL) = (payment_started_at IS NULL))),
  CONSTRAINT reservations_pending_has_no_ticket CHECK (((status <> 'PENDING'::text) OR (ticket_number IS NULL))),
  CONSTRAINT reservations_pkey PRIMARY KEY (id),
  CONSTRAINT reservations_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'CONFIRMED'::text, 'CANCELLED'::text]))),
  CONSTRAINT reservations_ticket_number_unique UNIQUE (ticket_number),
  CONSTRAINT reservations_total_amount_check CHECK ((total_amount >= 0)),
  CONSTRAINT reservations_waiting_list_entry_id_fkey FOREIGN KEY (waiting_list_entry_id) REFERENCES reservation_service.waiting_list_entries(id)
);
CREATE INDEX reservations_cancelled ON reservation_service.reservations USING btree (cancelled_at) WHERE (status = 'CANCELLED'::text);
CREATE INDEX reservations_given_back ON reservation_service.reservations USING btree (event_schedule_id, cancelled_at) WHERE ((status = 'CANCELLED'::text) AND (confirmed_at IS NOT NULL));
CREATE INDEX reservations_hold_expiry ON reservation_service.reservations USING btree (hold_expires_at) WHERE (status = 'PENDING'::text);
CREATE INDEX reservations_mine ON reservation_service.reservations USING btree (user_id, created_at DESC, id DESC);
CREATE INDEX reservations_schedule ON reservation_service.reservations USING btree (event_schedule_id, status) WHERE (status = ANY (ARRAY['PENDING'::text, 'CONFIRMED'::text]));
CREATE UNIQUE INDEX reservations_one_offer ON reservation_service.reservations USING btree (waiting_list_entry_id) WHERE (waiting_list_entry_id IS NOT NULL);
CREATE UNIQUE INDEX reservations_one_pending ON reservation_service.reservations USING btree (user_id, event_schedule_id) WHERE (status = 'PENDING'::text);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON reservation_service.reservations FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON reservation_service.reservations TO reservation_svc_user;

CREATE TABLE reservation_service.show_times (
  schedule_id uuid NOT NULL,
  event_start_at timestamp with time zone NOT NULL,
  version integer NOT NULL,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT show_times_pkey PRIMARY KEY (schedule_id),
  CONSTRAINT show_times_version_check CHECK ((version >= 0))
);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON reservation_service.show_times FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON reservation_service.show_times TO reservation_svc_user;

CREATE TABLE reservation_service.ticket_conflicts (
  id uuid NOT NULL DEFAULT uuidv7(),
  ticket_number text NOT NULL,
  seat_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  reason text NOT NULL,
  gate text,
  scanned_at timestamp with time zone NOT NULL,
  scanned_by uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT ticket_conflicts_gate_check CHECK (((length(gate) >= 1) AND (length(gate) <= 40))),
  CONSTRAINT ticket_conflicts_once UNIQUE NULLS NOT DISTINCT (ticket_number, seat_id, gate, scanned_at),
  CONSTRAINT ticket_conflicts_pkey PRIMARY KEY (id),
  CONSTRAINT ticket_conflicts_reason_check CHECK ((reason = ANY (ARRAY['ALREADY_USED'::text, 'CANCELLED'::text, 'TICKET_NOT_FOUND'::text])))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON reservation_service.ticket_conflicts TO reservation_svc_user;

CREATE TABLE reservation_service.ticket_entries (
  id uuid NOT NULL DEFAULT uuidv7(),
  reservation_id uuid NOT NULL,
  reservation_version integer NOT NULL,
  seat_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  gate text,
  entered_at timestamp with time zone NOT NULL DEFAULT now(),
  offline boolean NOT NULL DEFAULT false,
  scanned_by uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT ticket_entries_gate_check CHECK (((length(gate) >= 1) AND (length(gate) <= 40))),
  CONSTRAINT ticket_entries_once UNIQUE (reservation_id, seat_id),
  CONSTRAINT ticket_entries_pkey PRIMARY KEY (id),
  CONSTRAINT ticket_entries_reservation_id_fkey FOREIGN KEY (reservation_id) REFERENCES reservation_service.reservations(id)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON reservation_service.ticket_entries TO reservation_svc_user;

CREATE TABLE reservation_service.waiting_list_entries (
  id uuid NOT NULL DEFAULT uuidv7(),
  "position" bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  schedule_id uuid NOT NULL,
  user_id uuid NOT NULL,
  event_id uuid NOT NULL,
  event_title text NOT NULL,
  event_start_at timestamp with time zone NOT NULL,
  grade text,
  seats_wanted integer NOT NULL,
  status text NOT NULL DEFAULT 'WAITING'::text,
  joined_at timestamp with time zone NOT NULL DEFAULT now(),
  ended_at timestamp with time zone,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT waiting_list_entries_grade_check CHECK ((grade = ANY (ARRAY['VIP'::text, 'S'::text, 'A'::text, 'B'::text]))),
  CONSTRAINT waiting_list_entries_live_has_no_end CHECK (((status = ANY (ARRAY['WAITING'::text, 'OFFERED'::text])) = (ended_at IS NULL))),
  CONSTRAINT waiting_list_entries_pkey PRIMARY KEY (id),
  CONSTRAINT waiting_list_entries_seats_wanted_check CHECK (((seats_wanted >= 1) AND (seats_wanted <= 4))),
  CONSTRAINT waiting_list_entries_status_check CHECK ((status = ANY (ARRAY['WAITING'::text, 'OFFERED'::text, 'TAKEN'::text, 'EXPIRED'::text, 'LEFT'::text, 'CLOSED'::text])))
);
CREATE INDEX waiting_list_entries_line ON reservation_service.waiting_list_entries USING btree (schedule_id, "position") WHERE (status = 'WAITING'::text);
CREATE INDEX waiting_list_entries_mine ON reservation_service.waiting_list_entries USING btree (user_id, "position");
CREATE UNIQUE INDEX waiting_list_entries_one_live ON reservation_service.waiting_list_entries USING btree (schedule_id, user_id) WHERE (status = ANY (ARRAY['WAITING'::text, 'OFFERED'::text]));
CREATE TRIGGER set_updated_at BEFORE UPDATE ON reservation_service.waiting_list_entries FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON reservation_service.waiting_list_entries TO reservation_svc_user;
