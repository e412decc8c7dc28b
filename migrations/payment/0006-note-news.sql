-- The version of a payment at which it was last told that its money may have gone back, so that a decision taken before does not swallow it.
ALTER TABLE payment_service.payments ADD COLUMN news_version integer NOT NULL DEFAULT 0;
