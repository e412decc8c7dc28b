-- A day is compared by two lists: what PortOne made on it, then what has changed on it (money given back long after it was paid).
-- Pages are read from the last to the first, because a payment that changes leaves the list and moves later ones forward:
-- `pages_left` is how many are still to be read, absent until they are counted; `page` is what the version before goes by.
ALTER TABLE payment_service.comparisons
  ADD COLUMN listed_by text NOT NULL DEFAULT 'CREATED_AT' CHECK (listed_by IN ('CREATED_AT', 'STATUS_CHANGED_AT')),
  ADD COLUMN pages_left integer CHECK (pages_left > 0),
  -- The day tried longest ago comes first, so that one which never succeeds holds up none.
  ADD COLUMN tried_at timestamptz NOT NULL DEFAULT now();
