-- The random order of a pre-queue (docs/provable-order.md): what was committed to, the closed roster's digest, the key.
-- A hash is 64 lower-case hex digits, as it is published. seed and salt are secret until status is PUBLISHED.
CREATE TABLE queue_service.draws (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  schedule_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'COMMITTED' CHECK (status IN ('COMMITTED', 'CLOSED', 'DRAWN', 'PUBLISHED', 'VOID')),
  committed_at timestamptz(3) NOT NULL,
  opens_at timestamptz(3) NOT NULL,
  closes_at timestamptz(3) NOT NULL,
  beacon_source text,
  beacon_reference text,
  commitment text NOT NULL CONSTRAINT draws_commitment_unique UNIQUE CHECK (commitment ~ '^[0-9a-f]{64}$'),
  seed text NOT NULL CHECK (seed ~ '^[0-9a-f]{64}$'),
  salt text NOT NULL CHECK (salt ~ '^[0-9a-f]{64}$'),
  closed_at timestamptz(3),
  entrant_count integer CHECK (entrant_count >= 0),
  roster_digest text CHECK (roster_digest ~ '^[0-9a-f]{64}$'),
  beacon_value text CHECK (beacon_value ~ '^([0-9a-f]{2}){16,64}$'),
  draw_key text CHECK (draw_key ~ '^[0-9a-f]{64}$'),
  published_at timestamptz,
  voided_at timestamptz,
  void_reason text,
  CONSTRAINT draws_times_in_order
    CHECK (committed_at < opens_at AND opens_at < closes_at AND (closed_at IS NULL OR closed_at >= closes_at)),
  CONSTRAINT draws_beacon_named_whole CHECK ((beacon_source IS NULL) = (beacon_reference IS NULL)),
  CONSTRAINT draws_roster_whole CHECK (num_nulls(closed_at, entrant_count, roster_digest) IN (0, 3)),
  CONSTRAINT draws_closed_has_roster CHECK (status = 'VOID' OR (closed_at IS NOT NULL) = (status <> 'COMMITTED')),
  CONSTRAINT draws_closed_awaits_beacon CHECK (status <> 'CLOSED' OR beacon_source IS NOT NULL),
  CONSTRAINT draws_drawn_has_key CHECK ((draw_key IS NOT NULL) = (status IN ('DRAWN', 'PUBLISHED'))),
  CONSTRAINT draws_drawn_has_beacon CHECK ((beacon_value IS NOT NULL) = (draw_key IS NOT NULL AND beacon_source IS NOT NULL)),
  CONSTRAINT draws_published_has_time CHECK ((published_at IS NOT NULL) = (status = 'PUBLISHED')),
  CONSTRAINT draws_void_has_reason CHECK (num_nulls(voided_at, void_reason) = CASE status WHEN 'VOID' THEN 0 ELSE 2 END)
);

-- A second draw would let an operator pick the order he likes: one a schedule, unless it was voided before anybody could enter.
CREATE UNIQUE INDEX draws_one_live ON queue_service.draws (schedule_id) WHERE status <> 'VOID' OR voided_at >= opens_at;
CREATE INDEX draws_due ON queue_service.draws (closes_at) WHERE status IN ('COMMITTED', 'CLOSED');

-- The closed roster in entry order: entrant IDs of 32 bytes one after the other, so that a million people are a hundred rows.
CREATE TABLE queue_service.draw_roster_parts (
  draw_id uuid NOT NULL REFERENCES queue_service.draws (id),
  first_index integer NOT NULL CHECK (first_index >= 0),
  entrant_ids bytea NOT NULL CHECK (octet_length(entrant_ids) BETWEEN 32 AND 320000 AND octet_length(entrant_ids) % 32 = 0),
  PRIMARY KEY (draw_id, first_index)
);

-- Hashes do not compress.
ALTER TABLE queue_service.draw_roster_parts ALTER COLUMN entrant_ids SET STORAGE EXTERNAL;
