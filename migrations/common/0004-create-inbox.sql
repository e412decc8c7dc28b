-- Events already applied: inserted first, in the transaction of the effect, so that a repeat changes nothing.
CREATE TABLE common.processed_events (
  event_id uuid NOT NULL,
  consumer_group text NOT NULL,
  service text COLLATE "C" NOT NULL DEFAULT current_user,
  aggregate_id uuid NOT NULL,
  event_type text NOT NULL,
  processed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event_id, consumer_group)
);

CREATE INDEX processed_events_age ON common.processed_events (service, processed_at);

ALTER TABLE common.processed_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE common.processed_events FORCE ROW LEVEL SECURITY;
CREATE POLICY processed_events_own ON common.processed_events
  USING (service = current_user) WITH CHECK (service = current_user);
