-- PortOne's list of a day (Asia/Seoul) compared with our payments, page by page. Whoever leads takes the next `fence`; each page is
-- written only while it is still the leader's, so that one who was paused meanwhile writes nothing.
CREATE TABLE payment_service.comparisons (
  day date PRIMARY KEY,
  fence bigint NOT NULL DEFAULT 1 CHECK (fence > 0),
  listed_from timestamptz NOT NULL,
  listed_until timestamptz NOT NULL,
  page integer NOT NULL DEFAULT 0 CHECK (page >= 0),
  payments_compared integer NOT NULL DEFAULT 0 CHECK (payments_compared >= 0),
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  CONSTRAINT comparisons_span CHECK (listed_from <= listed_until)
);

-- What the two books say differently, until they agree again. `payment_id` is absent for money of a payment we do not know.
CREATE TABLE payment_service.comparison_findings (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  day date NOT NULL,
  kind text NOT NULL CHECK (
    kind IN ('UNKNOWN_PAYMENT', 'NOT_SUCCESS_HERE', 'NOT_PAID_THERE', 'AMOUNT_DIFFERS', 'REFUND_DIFFERS')
  ),
  portone_payment_id text NOT NULL,
  payment_id uuid REFERENCES payment_service.payments (id),
  detail jsonb NOT NULL DEFAULT '{}',
  looks integer NOT NULL DEFAULT 0 CHECK (looks >= 0),
  next_look_at timestamptz NOT NULL DEFAULT now() + interval '10 seconds',
  last_error text,
  found_at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz,
  CONSTRAINT comparison_findings_unknown_has_no_payment CHECK ((kind = 'UNKNOWN_PAYMENT') = (payment_id IS NULL))
);

CREATE UNIQUE INDEX comparison_findings_open ON payment_service.comparison_findings (portone_payment_id)
  WHERE settled_at IS NULL;
CREATE INDEX comparison_findings_to_look_at ON payment_service.comparison_findings (next_look_at) WHERE settled_at IS NULL;

-- When the payment was last compared: a SUCCESS that no list of PortOne names is asked about by itself.
ALTER TABLE payment_service.payments ADD COLUMN compared_at timestamptz;
CREATE INDEX payments_not_compared ON payment_service.payments (created_at) WHERE status = 'SUCCESS' AND compared_at IS NULL;

-- How many refunds may start now, for all replicas together: the time up to which their pace is used up.
CREATE TABLE payment_service.refund_pace (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  used_until timestamptz NOT NULL DEFAULT now()
);
