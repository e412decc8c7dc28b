-- Codes sent to an address (AUTH-020), by hash; attempts are counted so that six digits cannot be guessed.
CREATE TABLE user_service.email_codes (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  email_lookup text NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('SIGNUP', 'EMAIL_CHANGE', 'REVIVE', 'PASSWORD_RESET')),
  code_hash text NOT NULL,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  expires_at timestamptz NOT NULL,
  verified_at timestamptz,
  consumed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX email_codes_address ON user_service.email_codes (email_lookup, purpose, created_at DESC);
CREATE INDEX email_codes_expiry ON user_service.email_codes (expires_at);

-- Permission to set a new password after identity verification (AUTH-015), by hash, once.
CREATE TABLE user_service.password_resets (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL REFERENCES user_service.users (id) ON DELETE CASCADE,
  token_hash text NOT NULL CONSTRAINT password_resets_token_hash_unique UNIQUE,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX password_resets_user ON user_service.password_resets (user_id, created_at DESC);
CREATE INDEX password_resets_expiry ON user_service.password_resets (expires_at);
