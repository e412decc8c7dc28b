-- Two members that met the same message around a rebalance may have written its letter once each: the one that got furthest stays.
-- The migrating role owns the rows but would see none of them.
ALTER TABLE common.dead_letters NO FORCE ROW LEVEL SECURITY;
DELETE FROM common.dead_letters WHERE id IN (
  SELECT id FROM (
    SELECT id, row_number() OVER (
      PARTITION BY service, consumer_group, topic, partition, "offset"
      ORDER BY array_position(ARRAY['REPLAYED', 'DISCARDED', 'OPEN', 'PARKED'], status), id
    ) AS place
    FROM common.dead_letters
    WHERE consumer_group IS NOT NULL AND partition IS NOT NULL AND "offset" IS NOT NULL
  ) AS placed WHERE place > 1
);
ALTER TABLE common.dead_letters FORCE ROW LEVEL SECURITY;

-- One letter a message and group, and how a consumer finds what became of a message that comes again. Those that never reached
-- Kafka have nulls here and are not restricted.
CREATE UNIQUE INDEX dead_letters_one_a_message
  ON common.dead_letters (service, consumer_group, topic, partition, "offset");

-- How often a replay has been begun by a process that did not live to see its end.
ALTER TABLE common.dead_letters ADD COLUMN starts integer NOT NULL DEFAULT 0 CHECK (starts >= 0);

-- The message that a group has begun in a partition, and how often since anything became of it: what ends its process each time
-- is found by this. One row a group and partition, written for the first messages after a process has joined.
CREATE TABLE common.message_starts (
  service text COLLATE "C" NOT NULL DEFAULT current_user,
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  starts integer NOT NULL CHECK (starts >= 0),
  started_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (service, consumer_group, topic, partition)
);
ALTER TABLE common.message_starts ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.message_starts FORCE ROW LEVEL SECURITY;
CREATE POLICY message_starts_own ON common.message_starts
  USING (service = current_user) WITH CHECK (service = current_user);

-- An order that nobody has carried out can be taken back by payment, and nothing else can it do to an order of another service.
ALTER TABLE common.dead_letter_orders
  ADD COLUMN cancelled_by uuid,
  DROP CONSTRAINT dead_letter_orders_outcome_check,
  ADD CONSTRAINT dead_letter_orders_outcome_check CHECK (outcome IN ('DONE', 'FAILED', 'CANCELLED')),
  ADD CONSTRAINT dead_letter_orders_cancelled_by_somebody CHECK ((cancelled_by IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'CANCELLED'));
CREATE POLICY dead_letter_orders_cancel ON common.dead_letter_orders FOR UPDATE TO payment_svc_user
  USING (carried_out_at IS NULL) WITH CHECK (outcome = 'CANCELLED');
