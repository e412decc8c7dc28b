CREATE TABLE event_service.venues (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  name text NOT NULL,
  address text NOT NULL,
  city text NOT NULL,
  deleted_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX venues_city ON event_service.venues (city) WHERE deleted_at IS NULL;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.venues
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();

CREATE TABLE event_service.halls (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  venue_id uuid NOT NULL REFERENCES event_service.venues (id),
  name text NOT NULL,
  capacity integer NOT NULL CHECK (capacity > 0),
  seat_template jsonb NOT NULL,
  deleted_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX halls_name_unique ON event_service.halls (venue_id, name) WHERE deleted_at IS NULL;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.halls
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
