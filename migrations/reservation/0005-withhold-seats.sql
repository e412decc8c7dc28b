-- A seat of a cancelled ticket may come back later, or to somebody who waits. Until it is passed on its row stays active: the
-- unique index reservation_seats_one_active refuses every hold of it as that of a sold seat.
ALTER TABLE reservation_service.reservation_seats
  -- The ticket by which the event service has the seat SOLD while this row, withheld or offered, is not a ticket of its own.
  ADD COLUMN sold_as uuid REFERENCES reservation_service.reservations (id),
  ADD COLUMN withheld_at timestamptz,
  ADD COLUMN passed_on_at timestamptz,
  ADD CONSTRAINT reservation_seats_withheld_is_active CHECK (
    CASE WHEN withheld_at IS NULL THEN passed_on_at IS NULL ELSE active = (passed_on_at IS NULL) AND sold_as IS NOT NULL END
  );
CREATE INDEX reservation_seats_withheld ON reservation_service.reservation_seats (schedule_id, withheld_at)
  WHERE withheld_at IS NOT NULL AND passed_on_at IS NULL;
CREATE INDEX reservation_seats_sold_as ON reservation_service.reservation_seats (sold_as) WHERE sold_as IS NOT NULL;
