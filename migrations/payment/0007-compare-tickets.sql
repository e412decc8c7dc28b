-- Up to which step of the sagas it has been looked whether money that was paid has a ticket: the steps' IDs are in the order of time
-- by the database's clock, so that their primary key finds what was paid since. Its default is before all of them.
CREATE TABLE payment_service.ticket_comparison (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  compared_until uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000000'
);
INSERT INTO payment_service.ticket_comparison DEFAULT VALUES;

-- Money that is kept without a ticket, until it has one or is to go back.
CREATE TABLE payment_service.missing_tickets (
  payment_id uuid PRIMARY KEY REFERENCES payment_service.payments (id),
  last_outcome text NOT NULL,
  looks integer NOT NULL DEFAULT 1 CHECK (looks > 0),
  looked_at timestamptz NOT NULL DEFAULT now(),
  found_at timestamptz NOT NULL DEFAULT now()
);
