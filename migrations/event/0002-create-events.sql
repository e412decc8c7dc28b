CREATE TABLE event_service.events (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  title text NOT NULL,
  artist text NOT NULL,
  description text NOT NULL DEFAULT '',
  poster_url text,
  venue_id uuid NOT NULL REFERENCES event_service.venues (id),
  hall_id uuid NOT NULL REFERENCES event_service.halls (id),
  status text NOT NULL DEFAULT 'PREPARING' CHECK (status IN ('PREPARING', 'OPEN', 'ENDED', 'CANCELLED')),
  cancelled_at timestamptz,
  cancel_reason text,
  deleted_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT events_cancelled_has_time CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL))
);

CREATE INDEX events_list ON event_service.events (status, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX events_venue ON event_service.events (venue_id);
CREATE INDEX events_hall ON event_service.events (hall_id);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.events
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();

CREATE TABLE event_service.event_schedules (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  event_id uuid NOT NULL REFERENCES event_service.events (id),
  play_sequence integer NOT NULL CHECK (play_sequence > 0),
  event_start_at timestamptz NOT NULL,
  event_end_at timestamptz NOT NULL,
  sale_start_at timestamptz NOT NULL,
  sale_end_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'UPCOMING' CHECK (status IN ('UPCOMING', 'ONGOING', 'ENDED', 'CANCELLED')),
  layout_version integer NOT NULL DEFAULT 1 CHECK (layout_version > 0),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT event_schedules_sequence_unique UNIQUE (event_id, play_sequence),
  CONSTRAINT event_schedules_show_ends_after_start CHECK (event_end_at > event_start_at),
  CONSTRAINT event_schedules_sale_ends_after_start CHECK (sale_end_at > sale_start_at)
);

CREATE INDEX event_schedules_sale_start ON event_service.event_schedules (sale_start_at) WHERE status = 'UPCOMING';
CREATE INDEX event_schedules_sale_end ON event_service.event_schedules (sale_end_at) WHERE status = 'ONGOING';
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.event_schedules
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();

CREATE TABLE event_service.schedule_prices (
  event_schedule_id uuid NOT NULL REFERENCES event_service.event_schedules (id) ON DELETE CASCADE,
  grade text NOT NULL CHECK (grade IN ('VIP', 'S', 'A', 'B')),
  price bigint NOT NULL CHECK (price >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event_schedule_id, grade)
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.schedule_prices
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
