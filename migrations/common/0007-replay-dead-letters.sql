-- A dead letter holds its key back: what comes later with the same key is parked behind it until a person has had it
-- replayed or discarded (docs/decisions: dead letters). The lane is a column of its own because row level security keeps the planner
-- from searching an index by a function of a column.
CREATE FUNCTION common.lane_of(topic text, key text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN md5(topic || ' ' || key);
GRANT EXECUTE ON FUNCTION common.lane_of(text, text)
  TO user_svc_user, event_svc_user, queue_svc_user, reservation_svc_user, payment_svc_user;

ALTER TABLE common.dead_letters
  ADD COLUMN event_type text,
  ADD COLUMN status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'PARKED', 'REPLAYED', 'DISCARDED')),
  ADD COLUMN discarded_at timestamptz,
  ADD COLUMN lane text COLLATE "C" GENERATED ALWAYS AS (common.lane_of(topic, key)) STORED;

-- The migrating role owns the rows but would see none of them.
ALTER TABLE common.dead_letters NO FORCE ROW LEVEL SECURITY;
UPDATE common.dead_letters SET status = 'REPLAYED' WHERE replayed_at IS NOT NULL;
ALTER TABLE common.dead_letters FORCE ROW LEVEL SECURITY;

ALTER TABLE common.dead_letters
  ADD CONSTRAINT dead_letters_replayed_has_time CHECK ((status = 'REPLAYED') = (replayed_at IS NOT NULL)),
  ADD CONSTRAINT dead_letters_discarded_has_time CHECK ((status = 'DISCARDED') = (discarded_at IS NOT NULL));

DROP INDEX common.dead_letters_open;
CREATE INDEX dead_letters_open ON common.dead_letters (service, created_at) WHERE status = 'OPEN';
CREATE INDEX dead_letters_lanes ON common.dead_letters (service, consumer_group, lane, "offset")
  WHERE status IN ('OPEN', 'PARKED');

-- What operators want done with a letter, by whom and when. Payment, which has the routes, writes an order; the service that the
-- letter belongs to carries it out. Payment reads all letters for that, and changes none but its own.
CREATE TABLE common.dead_letter_orders (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  letter_id uuid NOT NULL REFERENCES common.dead_letters (id) ON DELETE CASCADE,
  service text COLLATE "C" NOT NULL,
  action text NOT NULL CHECK (action IN ('REPLAY', 'DISCARD')),
  reason text,
  ordered_by uuid NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT now(),
  carried_out_at timestamptz,
  outcome text CHECK (outcome IN ('DONE', 'FAILED')),
  error text,
  CONSTRAINT dead_letter_orders_outcome_has_time CHECK ((outcome IS NULL) = (carried_out_at IS NULL))
);

CREATE UNIQUE INDEX dead_letter_orders_one_pending ON common.dead_letter_orders (letter_id) WHERE carried_out_at IS NULL;
CREATE INDEX dead_letter_orders_pending ON common.dead_letter_orders (service, ordered_at) WHERE carried_out_at IS NULL;
CREATE INDEX dead_letter_orders_letter ON common.dead_letter_orders (letter_id, ordered_at);

ALTER TABLE common.dead_letter_orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.dead_letter_orders FORCE ROW LEVEL SECURITY;
CREATE POLICY dead_letter_orders_read ON common.dead_letter_orders FOR SELECT
  USING (service = current_user OR current_user = 'payment_svc_user');
CREATE POLICY dead_letter_orders_give ON common.dead_letter_orders FOR INSERT TO payment_svc_user
  WITH CHECK (carried_out_at IS NULL);
CREATE POLICY dead_letter_orders_carry_out ON common.dead_letter_orders FOR UPDATE
  USING (service = current_user) WITH CHECK (service = current_user);
CREATE POLICY dead_letters_operated ON common.dead_letters FOR SELECT TO payment_svc_user USING (true);
