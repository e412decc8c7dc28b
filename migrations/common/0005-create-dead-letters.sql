-- Messages nobody could apply (EVT-020). partition, offset and consumer_group are null for one that never reached Kafka.
-- value is bytes: a message at fault need not be text.
CREATE TABLE common.dead_letters (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  service text COLLATE "C" NOT NULL DEFAULT current_user,
  topic text NOT NULL,
  partition integer,
  "offset" bigint,
  key text,
  value bytea,
  headers jsonb NOT NULL DEFAULT '{}',
  error text NOT NULL,
  consumer_group text,
  created_at timestamptz NOT NULL DEFAULT now(),
  replayed_at timestamptz
);

CREATE INDEX dead_letters_open ON common.dead_letters (service, created_at) WHERE replayed_at IS NULL;

ALTER TABLE common.dead_letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.dead_letters FORCE ROW LEVEL SECURITY;
CREATE POLICY dead_letters_own ON common.dead_letters
  USING (service = current_user) WITH CHECK (service = current_user);
