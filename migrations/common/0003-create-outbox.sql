-- Events of the transaction that made them true (RSV-012, PAY-012), waiting for the relay of their service.
-- service has collation C because current_user has: with another one the policy could not use the index.
CREATE TABLE common.outbox_events (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  seq bigint GENERATED ALWAYS AS IDENTITY,
  service text COLLATE "C" NOT NULL DEFAULT current_user,
  aggregate_type text NOT NULL,
  aggregate_id uuid NOT NULL,
  event_type text NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  payload jsonb NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}',
  published boolean NOT NULL DEFAULT false,
  published_at timestamptz,
  retry_count integer NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT outbox_events_published_has_time CHECK (published = (published_at IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

CREATE INDEX outbox_events_unsent ON common.outbox_events (service, seq) WHERE NOT published;
CREATE INDEX outbox_events_sent ON common.outbox_events (service, published_at) WHERE published;

ALTER TABLE common.outbox_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.outbox_events FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_events_own ON common.outbox_events
  USING (service = current_user) WITH CHECK (service = current_user);
