-- What has been committed to, closed or drawn stays as it is, whatever the service or its operator does.
CREATE FUNCTION queue_service.guard_new_draw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> 'COMMITTED' THEN
    RAISE EXCEPTION 'A draw begins with its commitment' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.committed_at NOT BETWEEN now() - interval '1 minute' AND now() + interval '1 second' THEN
    RAISE EXCEPTION 'A commitment is made now, not at %', NEW.committed_at USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER guard_new_draw BEFORE INSERT ON queue_service.draws
  FOR EACH ROW EXECUTE FUNCTION queue_service.guard_new_draw();

CREATE FUNCTION queue_service.guard_draw() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  fixed text[] := ARRAY['id', 'schedule_id', 'committed_at', 'opens_at', 'closes_at', 'beacon_source',
    'beacon_reference', 'commitment', 'seed', 'salt'];
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
    fixed := fixed || ARRAY['beacon_value', 'draw_key', 'voided_at', 'void_reason'];
  END IF;
  IF OLD.status = 'PUBLISHED' THEN
    fixed := fixed || ARRAY['published_at'];
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

CREATE TRIGGER guard_draw BEFORE UPDATE OR DELETE ON queue_service.draws
  FOR EACH ROW EXECUTE FUNCTION queue_service.guard_draw();

CREATE FUNCTION queue_service.check_roster() RETURNS trigger LANGUAGE plpgsql AS $$
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
$$;

CREATE TRIGGER check_roster BEFORE UPDATE ON queue_service.draws
  FOR EACH ROW WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION queue_service.check_roster();

-- Locks the draw, so that no part slips in beside the transaction that closes it.
CREATE FUNCTION queue_service.guard_roster_part() RETURNS trigger LANGUAGE plpgsql AS $$
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
$$;

CREATE TRIGGER guard_roster_part BEFORE INSERT OR UPDATE OR DELETE ON queue_service.draw_roster_parts
  FOR EACH ROW EXECUTE FUNCTION queue_service.guard_roster_part();
