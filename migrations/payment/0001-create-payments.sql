-- schedule_id, seat_ids and hold_expires_at are facts of the reservation as it was when the payment began.
-- next_check_at is set while the outcome at PortOne is unknown or a refund is due: reconciliation asks again (PAY-008).
CREATE TABLE payment_service.payments (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  reservation_id uuid NOT NULL,
  user_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  seat_ids uuid[] NOT NULL CHECK (cardinality(seat_ids) BETWEEN 1 AND 4),
  hold_expires_at timestamptz NOT NULL,
  payment_key text NOT NULL CONSTRAINT payments_payment_key_unique UNIQUE,
  request_fingerprint text NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  currency text NOT NULL DEFAULT 'KRW' CHECK (currency = 'KRW'),
  payment_method text NOT NULL DEFAULT 'CARD' CHECK (payment_method IN ('CARD')),
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SUCCESS', 'FAILED', 'REFUNDED')),
  portone_payment_id text NOT NULL CONSTRAINT payments_portone_payment_id_unique UNIQUE
    CHECK (portone_payment_id ~ '^[A-Za-z0-9]+$'),
  portone_transaction_id text,
  portone_response jsonb,
  failure_reason text,
  paid_at timestamptz,
  failed_at timestamptz,
  refund_due_amount bigint CHECK (refund_due_amount >= 0),
  refund_reason text,
  refund_requested_at timestamptz,
  refund_amount bigint CHECK (refund_amount >= 0),
  refunded_at timestamptz,
  next_check_at timestamptz,
  check_count integer NOT NULL DEFAULT 0 CHECK (check_count >= 0),
  last_check_error text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT payments_success_has_time CHECK (status <> 'SUCCESS' OR paid_at IS NOT NULL),
  CONSTRAINT payments_failed_has_reason CHECK (status <> 'FAILED' OR (failure_reason IS NOT NULL AND failed_at IS NOT NULL)),
  CONSTRAINT payments_refunded_has_amount
    CHECK (status <> 'REFUNDED' OR (refund_amount IS NOT NULL AND refunded_at IS NOT NULL))
);

CREATE UNIQUE INDEX payments_one_live ON payment_service.payments (reservation_id) WHERE status IN ('PENDING', 'SUCCESS');
CREATE INDEX payments_reservation ON payment_service.payments (reservation_id);
CREATE INDEX payments_mine ON payment_service.payments (user_id, created_at DESC, id DESC);
CREATE INDEX payments_to_check ON payment_service.payments (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON payment_service.payments
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();

-- The saga's progress, readable by a person (PAY-011). Rows are added, never changed.
CREATE TABLE payment_service.saga_steps (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  payment_id uuid NOT NULL REFERENCES payment_service.payments (id),
  step text NOT NULL,
  state text NOT NULL CHECK (state IN ('STARTED', 'DONE', 'FAILED', 'UNKNOWN')),
  attempt integer NOT NULL DEFAULT 1 CHECK (attempt > 0),
  detail jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX saga_steps_payment ON payment_service.saga_steps (payment_id, at);

-- Webhooks as they came, verified: stored and answered first, applied after; webhook_id drops repeats.
CREATE TABLE payment_service.webhook_deliveries (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  webhook_id text NOT NULL CONSTRAINT webhook_deliveries_webhook_id_unique UNIQUE,
  type text NOT NULL,
  portone_payment_id text,
  body jsonb NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  processed_at timestamptz,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  last_error text
);

CREATE INDEX webhook_deliveries_open ON payment_service.webhook_deliveries (received_at) WHERE processed_at IS NULL;
CREATE INDEX webhook_deliveries_payment ON payment_service.webhook_deliveries (portone_payment_id);
