-- At which store and channel of PortOne a payment was opened: its answer and what its money is judged by, also after both have been
-- changed. Absent in rows of the version before.
ALTER TABLE payment_service.payments ADD COLUMN store_id text, ADD COLUMN channel_key text;
