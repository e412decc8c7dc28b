-- Generated from the migrated database by `npm run generate`: do not edit. A migration changes the schema.

CREATE SCHEMA queue_service;
GRANT USAGE ON SCHEMA queue_service TO queue_svc_user;

ALTER DEFAULT PRIVILEGES IN SCHEMA queue_service GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO queue_svc_user;

CREATE OR REPLACE FUNCTION queue_service.check_roster()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
  stored_count bigint;
  without_gap boolean;
BEGIN
  SELECT coalesce(sum(size), 0), coalesce(bool_and(first_index = size_before), true)
  INTO stored_count, without_gap
  FROM (
    SELECT first_index, size, coalesce(sum(size) OVER (
      ORDER BY first_index ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS size_before
    FROM queue_service.draw_roster_parts, LATERAL (SELECT octet_length(entrant_ids) / 32 AS size) AS sized
    WHERE draw_id = NEW.id
  ) AS placed;
  IF stored_count <> NEW.entrant_count OR NOT without_gap THEN
    RAISE EXCEPTION 'The draw states % entrants; stored are % (without a gap: %)', NEW.entrant_count, stored_count, without_gap
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$function$;
CREATE OR REPLACE FUNCTION queue_service.guard_draw()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
  fixed text[] := ARRAY['id', 'schedule_id', 'committed_at', 'opens_at', 'closes_at', 'beacon_source',
    'beacon_reference', 'commitment', 'seed', 'salt', 'committed_by'];
  field text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'A draw is never deleted' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
    -- With a beacon nobody knows the order while the draw is CLOSED; without one the operator does, so it is drawn at once.
    ('COMMITTED', CASE WHEN OLD.beacon_source IS NULL THEN 'DRAWN' ELSE 'CLOSED' END),
    ('CLOSED', 'DRAWN'), ('DRAWN', 'PUBLISHED'), ('COMMITTED', 'VOID'), ('CLOSED', 'VOID')
  ) THEN
    RAISE EXCEPTION 'This draw is % and does not become %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status <> 'COMMITTED' THEN
    fixed := fixed || ARRAY['closed_at', 'entrant_count', 'roster_digest'];
  END IF;
  IF OLD.status NOT IN ('COMMITTED', 'CLOSED') THEN
    fixed := fixed || ARRAY['beacon_value', 'beacon_at', 'beacon_by', 'draw_key', 'voided_at', 'voided_by', 'void_reason'];
  END IF;
  IF OLD.status = 'PUBLISHED' THEN
    fixed := fixed || ARRAY['published_at', 'published_by'];
  END IF;
  FOREACH field IN ARRAY fixed LOOP
    IF to_jsonb(NEW) -> field IS DISTINCT FROM to_jsonb(OLD) -> field THEN
      RAISE EXCEPTION '% of a draw that is % does not change', field, OLD.status USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  IF OLD.status <> 'VOID' AND NEW.status = 'VOID' THEN
    NEW.voided_at = now();
  END IF;
  RETURN NEW;
END
$function$;
CREATE OR REPLACE FUNCTION queue_service.guard_new_draw()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NEW.status <> 'COMMITTED' THEN
    RAISE EXCEPTION 'A draw begins with its commitment' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.committed_at NOT BETWEEN now() - interval '1 minute' AND now() + interval '1 second' THEN
    RAISE EXCEPTION 'A commitment is made now, not at %', NEW.committed_at USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$function$;
CREATE OR REPLACE FUNCTION queue_service.guard_roster_part()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION 'A roster never changes' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM FROM queue_service.draws WHERE id = NEW.draw_id AND status = 'COMMITTED' FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A roster is written before its draw is closed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TABLE queue_service.draw_roster_parts (
  draw_id uuid NOT NULL,
  first_index integer NOT NULL,
  entrant_ids bytea NOT NULL,
  CONSTRAINT draw_roster_parts_draw_id_fkey FOREIGN KEY (draw_id) REFERENCES queue_service.draws(id),
  CONSTRAINT draw_roster_parts_entrant_ids_check CHECK ((((octet_length(entrant_ids) >= 32) AND (octet_length(entrant_ids) <= 320000)) AND ((octet_length(entrant_ids) % 32) = 0))),
  CONSTRAINT draw_roster_parts_first_index_check CHECK ((first_index >= 0)),
  CONSTRAINT draw_roster_parts_pkey PRIMARY KEY (draw_id, first_index)
);
CREATE TRIGGER guard_roster_part BEFORE INSERT OR DELETE OR UPDATE ON queue_service.draw_roster_parts FOR EACH ROW EXECUTE FUNCTION queue_service.guard_roster_part();
GRANT DELETE, INSERT, SELECT, UPDATE ON queue_service.draw_roster_parts TO queue_svc_user;

CREATE TABLE queue_service.draws (
  id uuid NOT NULL DEFAULT uuidv7(),
  schedule_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'COMMITTED'::text,
  committed_at timestamp(3) with time zone NOT NULL,
  opens_at timestamp(3) with time zone NOT NULL,
  closes_at timestamp(3) with time zone NOT NULL,
  beacon_source text,
  beacon_reference text,
  commitment text NOT NULL,
  seed text NOT NULL,
  salt text NOT NULL,
  closed_at timestamp(3) with time zone,
  entrant_count integer,
  roster_digest text,
  beacon_value text,
  draw_key text,
  published_at timestamp with time zone,
  voided_at timestamp with time zone,
  void_reason text,
  committed_by uuid,
  beacon_at timestamp with time zone,
  beacon_by uuid,
  published_by uuid,
  voided_by uuid,
  CONSTRAINT draws_beacon_named_whole CHECK (((beacon_source IS NULL) = (beacon_reference IS NULL))),
  CONSTRAINT draws_beacon_value_check CHECK ((beacon_value ~ '^([0-9a-f]{2}){16,64}$'::text)),
  CONSTRAINT draws_by_whom CHECK ((((num_nonnulls(beacon_at, beacon_by) = 0) OR (beacon_value IS NOT NULL)) AND ((published_by IS NULL) OR (status = 'PUBLISHED'::text)) AND ((voided_by IS NULL) OR (status = 'VOID'::text)))),
  CONSTRAINT draws_closed_awaits_beacon CHECK (((status <> 'CLOSED'::text) OR (beacon_source IS NOT NULL))),
  CONSTRAINT draws_closed_has_roster CHECK (((status = 'VOID'::text) OR ((closed_at IS NOT NULL) = (status <> 'COMMITTED'::text)))),
  CONSTRAINT draws_commitment_check CHECK ((commitment ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT draws_commitment_unique UNIQUE (commitment),
  CONSTRAINT draws_draw_key_check CHECK ((draw_key ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT draws_drawn_has_beacon CHECK (((beacon_value IS NOT NULL) = ((draw_key IS NOT NULL) AND (beacon_source IS NOT NULL)))),
  CONSTRAINT draws_drawn_has_key CHECK (((draw_key IS NOT NULL) = (status = ANY (ARRAY['DRAWN'::text, 'PUBLISHED'::text])))),
  CONSTRAINT draws_entrant_count_check CHECK ((entrant_count >= 0)),
  CONSTRAINT draws_pkey PRIMARY KEY (id),
  CONSTRAINT draws_published_has_time CHECK (((published_at IS NOT NULL) = (status = 'PUBLISHED'::text))),
  CONSTRAINT draws_roster_digest_check CHECK ((roster_digest ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT draws_roster_whole CHECK ((num_nulls(closed_at, entrant_count, roster_digest) = ANY (ARRAY[0, 3]))),
  CONSTRAINT draws_salt_check CHECK ((salt ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT draws_seed_check CHECK ((seed ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT draws_status_check CHECK ((status = ANY (ARRAY['COMMITTED'::text, 'CLOSED'::text, 'DRAWN'::text, 'PUBLISHED'::text, 'VOID'::text]))),
  CONSTRAINT draws_times_in_order CHECK (((committed_at < opens_at) AND (opens_at < closes_at) AND ((closed_at IS NULL) OR (closed_at >= closes_at)))),
  CONSTRAINT draws_void_has_reason CHECK ((num_nulls(voided_at, void_reason) =
CASE status
    WHEN 'VOID'::text THEN 0
    ELSE 2
END))
);
CREATE INDEX draws_due ON queue_service.draws USING btree (closes_at) WHERE (status = ANY (ARRAY['COMMITTED'::text, 'CLOSED'::text]));
CREATE UNIQUE INDEX draws_one_live ON queue_service.draws USING btree (schedule_id) WHERE ((status <> 'VOID'::text) OR (voided_at >= opens_at));
CREATE TRIGGER check_roster BEFORE UPDATE ON queue_service.draws FOR EACH ROW WHEN (((old.closed_at IS NULL) AND (new.closed_at IS NOT NULL))) EXECUTE FUNCTION queue_service.check_roster();
CREATE TRIGGER guard_draw BEFORE DELETE OR UPDATE ON queue_service.draws FOR EACH ROW EXECUTE FUNCTION queue_service.guard_draw();
CREATE TRIGGER guard_new_draw BEFORE INSERT ON queue_service.draws FOR EACH ROW EXECUTE FUNCTION queue_service.guard_new_draw();
GRANT DELETE, INSERT, SELECT, UPDATE ON queue_service.draws TO queue_svc_user;

CREATE TABLE queue_service.settings (
  schedule_id uuid NOT NULL,
  settings jsonb NOT NULL,
  set_us bigint NOT NULL,
  kept_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT settings_pkey PRIMARY KEY (schedule_id),
  CONSTRAINT settings_set_us_check CHECK ((set_us > 0)),
  CONSTRAINT settings_settings_check CHECK ((jsonb_typeof(settings) = 'object'::text))
);
CREATE INDEX settings_latest ON queue_service.settings USING btree (kept_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON queue_service.settings TO queue_svc_user;
