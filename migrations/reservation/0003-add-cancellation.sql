-- The terms a ticket was sold under stay its terms when the ladder of fees changes later.
ALTER TABLE reservation_service.reservations
  ADD COLUMN cancellation_policy text NOT NULL DEFAULT 'concert-1';

-- A seat the buyer exchanged for another one: its row stays for the record, and counts no more.
ALTER TABLE reservation_service.reservation_seats
  ADD COLUMN dropped_at timestamptz,
  ADD CONSTRAINT reservation_seats_dropped_is_free CHECK (dropped_at IS NULL OR NOT active);
CREATE INDEX reservation_seats_dropped ON reservation_service.reservation_seats (dropped_at)
  WHERE dropped_at IS NOT NULL;

-- Shows that will not take place: nothing of them is sold any more, and a job ends what has been, until finished_at.
CREATE TABLE reservation_service.cancelled_schedules (
  schedule_id uuid PRIMARY KEY,
  event_id uuid NOT NULL,
  cancelled_at timestamptz NOT NULL,
  correlation_id text NOT NULL,
  causation_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX cancelled_schedules_open ON reservation_service.cancelled_schedules (recorded_at) WHERE finished_at IS NULL;
