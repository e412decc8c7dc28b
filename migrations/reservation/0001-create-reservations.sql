-- What was sold is copied here (event, venue, time): nothing joins across services, and a ticket keeps what it promised.
CREATE TABLE reservation_service.reservations (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL,
  event_id uuid NOT NULL,
  event_schedule_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'CONFIRMED', 'CANCELLED')),
  total_amount bigint NOT NULL CHECK (total_amount >= 0),
  event_title text NOT NULL,
  artist text NOT NULL,
  venue_name text NOT NULL,
  hall_name text NOT NULL,
  event_start_at timestamptz NOT NULL,
  hold_expires_at timestamptz NOT NULL,
  payment_id uuid,
  payment_started_at timestamptz,
  confirmed_at timestamptz,
  ticket_number text CONSTRAINT reservations_ticket_number_unique UNIQUE,
  cancelled_at timestamptz,
  cancel_reason text CHECK (
    cancel_reason IN ('HOLD_EXPIRED', 'HOLD_RELEASED', 'PAYMENT_FAILED', 'USER_CANCELLED', 'EVENT_CANCELLED')
  ),
  refund_amount bigint CHECK (refund_amount BETWEEN 0 AND total_amount),
  fee_amount bigint CHECK (fee_amount BETWEEN 0 AND total_amount),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT reservations_payment_has_start CHECK ((payment_id IS NULL) = (payment_started_at IS NULL)),
  CONSTRAINT reservations_confirmed_has_ticket
    CHECK (status <> 'CONFIRMED' OR (confirmed_at IS NOT NULL AND ticket_number IS NOT NULL)),
  CONSTRAINT reservations_pending_has_no_ticket CHECK (status <> 'PENDING' OR ticket_number IS NULL),
  CONSTRAINT reservations_cancelled_has_reason
    CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL) AND (status = 'CANCELLED') = (cancel_reason IS NOT NULL))
);

CREATE INDEX reservations_mine ON reservation_service.reservations (user_id, created_at DESC, id DESC);
CREATE INDEX reservations_hold_expiry ON reservation_service.reservations (hold_expires_at) WHERE status = 'PENDING';
CREATE INDEX reservations_schedule ON reservation_service.reservations (event_schedule_id, status)
  WHERE status IN ('PENDING', 'CONFIRMED');
CREATE UNIQUE INDEX reservations_one_pending ON reservation_service.reservations (user_id, event_schedule_id)
  WHERE status = 'PENDING';
CREATE TRIGGER set_updated_at BEFORE UPDATE ON reservation_service.reservations
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();

CREATE TABLE reservation_service.reservation_seats (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  reservation_id uuid NOT NULL REFERENCES reservation_service.reservations (id),
  schedule_id uuid NOT NULL,
  seat_id uuid NOT NULL,
  seat_number text NOT NULL,
  grade text NOT NULL CHECK (grade IN ('VIP', 'S', 'A', 'B')),
  price bigint NOT NULL CHECK (price >= 0),
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- The last line of defence: a seat has at most one live reservation, whatever Redis says, loses or repeats.
CREATE UNIQUE INDEX reservation_seats_one_active ON reservation_service.reservation_seats (schedule_id, seat_id)
  WHERE active;
CREATE INDEX reservation_seats_reservation ON reservation_service.reservation_seats (reservation_id);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON reservation_service.reservation_seats
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
