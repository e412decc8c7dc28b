-- Generated from the migrated database by `npm run generate`: do not edit. A migration changes the schema.

CREATE SCHEMA event_service;
GRANT USAGE ON SCHEMA event_service TO event_svc_user;

ALTER DEFAULT PRIVILEGES IN SCHEMA event_service GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO event_svc_user;

CREATE OR REPLACE FUNCTION event_service.fold_text(text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace((NORMALIZE(casefold((NORMALIZE($1, NFKC) COLLATE pg_unicode_fast)), NFKC) COLLATE pg_unicode_fast), '\s+'::text, ''::text, 'g'::text);
CREATE OR REPLACE FUNCTION event_service.runs_needed(folded text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ARRAY(SELECT DISTINCT substr(runs_needed.folded, place.place, 3) AS substr FROM generate_series(1, GREATEST((char_length(runs_needed.folded) - 2), 1)) place(place));
CREATE OR REPLACE FUNCTION event_service.runs_of(folded text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ARRAY(SELECT DISTINCT substr(runs_of.folded, place.place, size.size) AS substr FROM generate_series(1, 3) size(size), LATERAL generate_series(1, ((char_length(runs_of.folded) - size.size) + 1)) place(place));

CREATE TABLE event_service.event_announcements (
  id uuid NOT NULL DEFAULT uuidv7(),
  event_id uuid NOT NULL,
  event_schedule_id uuid,
  body text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT event_announcements_event_id_fkey FOREIGN KEY (event_id) REFERENCES event_service.events(id),
  CONSTRAINT event_announcements_event_schedule_id_fkey FOREIGN KEY (event_schedule_id) REFERENCES event_service.event_schedules(id) ON DELETE CASCADE,
  CONSTRAINT event_announcements_pkey PRIMARY KEY (id)
);
CREATE INDEX event_announcements_event ON event_service.event_announcements USING btree (event_id, id DESC);
CREATE INDEX event_announcements_schedule ON event_service.event_announcements USING btree (event_schedule_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON event_service.event_announcements TO event_svc_user;

CREATE TABLE event_service.event_schedules (
  id uuid NOT NULL DEFAULT uuidv7(),
  event_id uuid NOT NULL,
  play_sequence integer NOT NULL,
  event_start_at timestamp with time zone NOT NULL,
  event_end_at timestamp with time zone NOT NULL,
  sale_start_at timestamp with time zone NOT NULL,
  sale_end_at timestamp with time zone NOT NULL,
  status text NOT NULL DEFAULT 'UPCOMING'::text,
  layout_version integer NOT NULL DEFAULT 1,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT event_schedules_event_id_fkey FOREIGN KEY (event_id) REFERENCES event_service.events(id),
  CONSTRAINT event_schedules_layout_version_check CHECK ((layout_version > 0)),
  CONSTRAINT event_schedules_pkey PRIMARY KEY (id),
  CONSTRAINT event_schedules_play_sequence_check CHECK ((play_sequence > 0)),
  CONSTRAINT event_schedules_sale_ends_after_start CHECK ((sale_end_at > sale_start_at)),
  CONSTRAINT event_schedules_sequence_unique UNIQUE (event_id, play_sequence),
  CONSTRAINT event_schedules_show_ends_after_start CHECK ((event_end_at > event_start_at)),
  CONSTRAINT event_schedules_status_check CHECK ((status = ANY (ARRAY['UPCOMING'::text, 'ONGOING'::text, 'ENDED'::text, 'CANCELLED'::text])))
);
CREATE INDEX event_schedules_sale_end ON event_service.event_schedules USING btree (sale_end_at) WHERE (status = 'ONGOING'::text);
CREATE INDEX event_schedules_sale_start ON event_service.event_schedules USING btree (sale_start_at) WHERE (status = 'UPCOMING'::text);
CREATE INDEX event_schedules_show_start ON event_service.event_schedules USING btree (event_start_at, event_id);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.event_schedules FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON event_service.event_schedules TO event_svc_user;

CREATE TABLE event_service.events (
  id uuid NOT NULL DEFAULT uuidv7(),
  title text NOT NULL,
  artist text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  poster_url text,
  venue_id uuid NOT NULL,
  hall_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'PREPARING'::text,
  cancelled_at timestamp with time zone,
  cancel_reason text,
  deleted_at timestamp with time zone,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  per_person_max integer,
  avoid_orphans boolean NOT NULL DEFAULT false,
  release_policy text NOT NULL DEFAULT 'AT_ONCE'::text,
  release_at time without time zone,
  search_text text NOT NULL GENERATED ALWAYS AS (((event_service.fold_text(title) || '
'::text) || event_service.fold_text(artist))) STORED,
  CONSTRAINT events_batches_have_time CHECK (((release_policy = 'BATCHED'::text) = (release_at IS NOT NULL))),
  CONSTRAINT events_cancelled_has_time CHECK (((status = 'CANCELLED'::text) = (cancelled_at IS NOT NULL))),
  CONSTRAINT events_hall_id_fkey FOREIGN KEY (hall_id) REFERENCES event_service.halls(id),
  CONSTRAINT events_per_person_max_check CHECK (((per_person_max >= 1) AND (per_person_max <= 100))),
  CONSTRAINT events_pkey PRIMARY KEY (id),
  CONSTRAINT events_release_policy_check CHECK ((release_policy = ANY (ARRAY['AT_ONCE'::text, 'BATCHED'::text, 'WAITING_LIST'::text]))),
  CONSTRAINT events_status_check CHECK ((status = ANY (ARRAY['PREPARING'::text, 'OPEN'::text, 'ENDED'::text, 'CANCELLED'::text]))),
  CONSTRAINT events_venue_id_fkey FOREIGN KEY (venue_id) REFERENCES event_service.venues(id)
);
CREATE INDEX events_hall ON event_service.events USING btree (hall_id);
CREATE INDEX events_list ON event_service.events USING btree (status, created_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX events_search ON event_service.events USING gin (event_service.runs_of(search_text)) WHERE (deleted_at IS NULL);
CREATE INDEX events_venue ON event_service.events USING btree (venue_id);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.events FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON event_service.events TO event_svc_user;

CREATE TABLE event_service.halls (
  id uuid NOT NULL DEFAULT uuidv7(),
  venue_id uuid NOT NULL,
  name text NOT NULL,
  capacity integer NOT NULL,
  seat_template jsonb NOT NULL,
  deleted_at timestamp with time zone,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT halls_capacity_check CHECK ((capacity > 0)),
  CONSTRAINT halls_pkey PRIMARY KEY (id),
  CONSTRAINT halls_venue_id_fkey FOREIGN KEY (venue_id) REFERENCES event_service.venues(id)
);
CREATE UNIQUE INDEX halls_name_unique ON event_service.halls USING btree (venue_id, name) WHERE (deleted_at IS NULL);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.halls FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON event_service.halls TO event_svc_user;

CREATE TABLE event_service.schedule_prices (
  event_schedule_id uuid NOT NULL,
  grade text NOT NULL,
  price bigint NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT schedule_prices_event_schedule_id_fkey FOREIGN KEY (event_schedule_id) REFERENCES event_service.event_schedules(id) ON DELETE CASCADE,
  CONSTRAINT schedule_prices_grade_check CHECK ((grade = ANY (ARRAY['VIP'::text, 'S'::text, 'A'::text, 'B'::text]))),
  CONSTRAINT schedule_prices_pkey PRIMARY KEY (event_schedule_id, grade),
  CONSTRAINT schedule_prices_price_check CHECK ((price >= 0))
);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.schedule_prices FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON event_service.schedule_prices TO event_svc_user;

CREATE TABLE event_service.seat_sales (
  reservation_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  state text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT seat_sales_pkey PRIMARY KEY (reservation_id),
  CONSTRAINT seat_sales_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES event_service.event_schedules(id) ON DELETE CASCADE,
  CONSTRAINT seat_sales_state_check CHECK ((state = ANY (ARRAY['SOLD'::text, 'LAPSED'::text, 'CONFIRMED'::text, 'RELEASED'::text])))
);
CREATE INDEX seat_sales_schedule ON event_service.seat_sales USING btree (schedule_id, state);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.seat_sales FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON event_service.seat_sales TO event_svc_user;

CREATE TABLE event_service.seats (
  id uuid NOT NULL DEFAULT uuidv7(),
  event_schedule_id uuid NOT NULL,
  ordinal integer NOT NULL,
  section text NOT NULL,
  row_label text NOT NULL,
  seat_number text NOT NULL,
  grade text NOT NULL,
  price bigint NOT NULL,
  status text NOT NULL DEFAULT 'AVAILABLE'::text,
  reservation_id uuid,
  x double precision NOT NULL,
  y double precision NOT NULL,
  accessible boolean NOT NULL DEFAULT false,
  restricted_view boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  companion_of integer,
  CONSTRAINT seats_check CHECK (((companion_of >= 0) AND (companion_of <> ordinal))),
  CONSTRAINT seats_event_schedule_id_fkey FOREIGN KEY (event_schedule_id) REFERENCES event_service.event_schedules(id) ON DELETE CASCADE,
  CONSTRAINT seats_grade_check CHECK ((grade = ANY (ARRAY['VIP'::text, 'S'::text, 'A'::text, 'B'::text]))),
  CONSTRAINT seats_number_unique UNIQUE (event_schedule_id, seat_number),
  CONSTRAINT seats_ordinal_check CHECK ((ordinal >= 0)),
  CONSTRAINT seats_ordinal_unique UNIQUE (event_schedule_id, ordinal),
  CONSTRAINT seats_pkey PRIMARY KEY (id),
  CONSTRAINT seats_price_check CHECK ((price >= 0)),
  CONSTRAINT seats_sold_has_reservation CHECK (((status = 'SOLD'::text) = (reservation_id IS NOT NULL))),
  CONSTRAINT seats_status_check CHECK ((status = ANY (ARRAY['AVAILABLE'::text, 'SOLD'::text])))
);
CREATE INDEX seats_available ON event_service.seats USING btree (event_schedule_id) WHERE (status = 'AVAILABLE'::text);
CREATE INDEX seats_reservation ON event_service.seats USING btree (reservation_id) WHERE (reservation_id IS NOT NULL);
CREATE INDEX seats_sold ON event_service.seats USING btree (event_schedule_id, ordinal) INCLUDE (id) WHERE (status = 'SOLD'::text);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.seats FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON event_service.seats TO event_svc_user;

CREATE TABLE event_service.venues (
  id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL,
  address text NOT NULL,
  city text NOT NULL,
  deleted_at timestamp with time zone,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT venues_pkey PRIMARY KEY (id)
);
CREATE INDEX venues_city ON event_service.venues USING btree (city) WHERE (deleted_at IS NULL);
CREATE INDEX venues_city_folded ON event_service.venues USING btree (event_service.fold_text(city));
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.venues FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON event_service.venues TO event_svc_user;
