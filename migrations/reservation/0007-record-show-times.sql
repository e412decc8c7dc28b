-- When a show is, as the event service has last told. A reservation keeps when it was to be when its tickets were sold.
CREATE TABLE reservation_service.show_times (
  schedule_id uuid PRIMARY KEY,
  event_start_at timestamptz NOT NULL,
  -- The schedule's version in the event service: what is told of an older one changes nothing.
  version integer NOT NULL CHECK (version >= 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON reservation_service.show_times
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
