-- How a schedule's queue is to be run, as Redis was told it last: Redis may lose it in a night in which no process looks at the queue.
CREATE TABLE queue_service.settings (
  schedule_id uuid PRIMARY KEY,
  settings jsonb NOT NULL CHECK (jsonb_typeof(settings) = 'object'),
  -- When it was set, in µs of Redis' clock: later settings of a schedule have a higher one, whatever that clock does.
  set_us bigint NOT NULL CHECK (set_us > 0),
  kept_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX settings_latest ON queue_service.settings (kept_at);
