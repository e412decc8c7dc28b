-- Money that comes after the hold (decision 0023). payment_version: the version of the payment by which it took the reservation back;
-- an older failure of it does not end that. refused_payment_ids: payments whose late money was refused, for good.
ALTER TABLE reservation_service.reservations
  ADD COLUMN payment_version integer,
  ADD COLUMN refused_payment_ids uuid[] NOT NULL DEFAULT '{}';
