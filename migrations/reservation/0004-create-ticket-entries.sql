-- Who has come in: at most once per seat of a reservation, at whichever gates and however often a ticket is shown.
CREATE TABLE reservation_service.ticket_entries (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  reservation_id uuid NOT NULL REFERENCES reservation_service.reservations (id),
  -- The state that let the person in: a cancellation raises the reservation's version, whatever two clocks say.
  reservation_version integer NOT NULL,
  seat_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  gate text CHECK (length(gate) BETWEEN 1 AND 40),
  -- For an uploaded scan the scanner's time, else the database's.
  entered_at timestamptz NOT NULL DEFAULT now(),
  offline boolean NOT NULL DEFAULT false,
  scanned_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ticket_entries_once UNIQUE (reservation_id, seat_id)
);

-- Scans of genuine tickets that a scanner without network let in and that the books refuse: a person looks at them.
CREATE TABLE reservation_service.ticket_conflicts (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  ticket_number text NOT NULL,
  seat_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  reason text NOT NULL CHECK (reason IN ('ALREADY_USED', 'CANCELLED', 'TICKET_NOT_FOUND')),
  gate text CHECK (length(gate) BETWEEN 1 AND 40),
  scanned_at timestamptz NOT NULL,
  scanned_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ticket_conflicts_once UNIQUE NULLS NOT DISTINCT (ticket_number, seat_id, gate, scanned_at)
);
