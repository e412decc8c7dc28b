-- Who waits for seats of a sold-out schedule, in the order of `position`. An offer is a PENDING reservation of the entry.
CREATE TABLE reservation_service.waiting_list_entries (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  position bigint GENERATED ALWAYS AS IDENTITY,
  schedule_id uuid NOT NULL,
  user_id uuid NOT NULL,
  event_id uuid NOT NULL,
  event_title text NOT NULL,
  event_start_at timestamptz NOT NULL,
  -- Any grade where none is named.
  grade text CHECK (grade IN ('VIP', 'S', 'A', 'B')),
  seats_wanted integer NOT NULL CHECK (seats_wanted BETWEEN 1 AND 4),
  status text NOT NULL DEFAULT 'WAITING' CHECK (status IN ('WAITING', 'OFFERED', 'TAKEN', 'EXPIRED', 'LEFT', 'CLOSED')),
  joined_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT waiting_list_entries_live_has_no_end CHECK ((status IN ('WAITING', 'OFFERED')) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX waiting_list_entries_one_live ON reservation_service.waiting_list_entries (schedule_id, user_id)
  WHERE status IN ('WAITING', 'OFFERED');
CREATE INDEX waiting_list_entries_line ON reservation_service.waiting_list_entries (schedule_id, position)
  WHERE status = 'WAITING';
CREATE INDEX waiting_list_entries_mine ON reservation_service.waiting_list_entries (user_id, position);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON reservation_service.waiting_list_entries
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();

ALTER TABLE reservation_service.reservations
  ADD COLUMN waiting_list_entry_id uuid REFERENCES reservation_service.waiting_list_entries (id),
  ADD COLUMN offer_accepted_at timestamptz,
  ADD CONSTRAINT reservations_accepted_was_offered
    CHECK (offer_accepted_at IS NULL OR waiting_list_entry_id IS NOT NULL);
CREATE UNIQUE INDEX reservations_one_offer ON reservation_service.reservations (waiting_list_entry_id)
  WHERE waiting_list_entry_id IS NOT NULL;
