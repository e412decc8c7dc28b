-- Which administrator took each step of a draw that a person takes; null where that was before these columns.
ALTER TABLE queue_service.draws
  ADD COLUMN committed_by uuid,
  ADD COLUMN beacon_at timestamptz,
  ADD COLUMN beacon_by uuid,
  ADD COLUMN published_by uuid,
  ADD COLUMN voided_by uuid,
  ADD CONSTRAINT draws_by_whom CHECK (
    (num_nonnulls(beacon_at, beacon_by) = 0 OR beacon_value IS NOT NULL)
    AND (published_by IS NULL OR status = 'PUBLISHED')
    AND (voided_by IS NULL OR status = 'VOID')
  );

-- Who took a step stays as it is, like the step itself.
CREATE OR REPLACE FUNCTION queue_service.guard_draw() RETURNS trigger LANGUAGE plpgsql AS $$
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
$$;
