-- ordinal numbers the seats of a schedule 0…n-1 for good: compact seat states are bit sets over it.
CREATE TABLE event_service.seats (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  event_schedule_id uuid NOT NULL REFERENCES event_service.event_schedules (id) ON DELETE CASCADE,
  ordinal integer NOT NULL CHECK (ordinal >= 0),
  section text NOT NULL,
  row_label text NOT NULL,
  seat_number text NOT NULL,
  grade text NOT NULL CHECK (grade IN ('VIP', 'S', 'A', 'B')),
  price bigint NOT NULL CHECK (price >= 0),
  status text NOT NULL DEFAULT 'AVAILABLE' CHECK (status IN ('AVAILABLE', 'SOLD')),
  reservation_id uuid,
  x double precision NOT NULL,
  y double precision NOT NULL,
  accessible boolean NOT NULL DEFAULT false,
  restricted_view boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT seats_number_unique UNIQUE (event_schedule_id, seat_number),
  CONSTRAINT seats_ordinal_unique UNIQUE (event_schedule_id, ordinal),
  CONSTRAINT seats_sold_has_reservation CHECK ((status = 'SOLD') = (reservation_id IS NOT NULL))
);

CREATE INDEX seats_sold ON event_service.seats (event_schedule_id, ordinal) INCLUDE (id) WHERE status = 'SOLD';
CREATE INDEX seats_reservation ON event_service.seats (reservation_id) WHERE reservation_id IS NOT NULL;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.seats
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();

-- The last word on each reservation's seats: once RELEASED, a late PaymentSuccess must not sell them again (EVT-016).
CREATE TABLE event_service.seat_sales (
  reservation_id uuid PRIMARY KEY,
  schedule_id uuid NOT NULL REFERENCES event_service.event_schedules (id) ON DELETE CASCADE,
  state text NOT NULL CHECK (state IN ('SOLD', 'RELEASED')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX seat_sales_schedule ON event_service.seat_sales (schedule_id, state);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON event_service.seat_sales
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
