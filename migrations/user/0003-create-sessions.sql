-- Refresh tokens by SHA-256 only. A family is one log-in and its rotations (AUTH-009): a revoked token used again ends it.
CREATE TABLE user_service.auth_tokens (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL REFERENCES user_service.users (id) ON DELETE CASCADE,
  refresh_token_hash text NOT NULL CONSTRAINT auth_tokens_refresh_token_hash_unique UNIQUE,
  token_family uuid NOT NULL,
  access_token_jti uuid NOT NULL,
  ip inet,
  user_agent text,
  issued_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked boolean NOT NULL DEFAULT false,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT auth_tokens_revoked_has_time CHECK (revoked = (revoked_at IS NOT NULL))
);

CREATE INDEX auth_tokens_family ON user_service.auth_tokens (token_family);
CREATE INDEX auth_tokens_user ON user_service.auth_tokens (user_id) WHERE NOT revoked;
CREATE INDEX auth_tokens_expiry ON user_service.auth_tokens (expires_at);

CREATE TABLE user_service.social_accounts (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL REFERENCES user_service.users (id) ON DELETE CASCADE,
  provider text NOT NULL CHECK (provider IN ('KAKAO', 'NAVER', 'GOOGLE')),
  provider_user_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT social_accounts_provider_user_unique UNIQUE (provider, provider_user_id),
  CONSTRAINT social_accounts_user_provider_unique UNIQUE (user_id, provider)
);

-- user_id is null where the address is unknown to us (AUTH-019).
CREATE TABLE user_service.login_history (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid REFERENCES user_service.users (id) ON DELETE CASCADE,
  ip inet,
  user_agent text,
  method text NOT NULL CHECK (method IN ('EMAIL', 'KAKAO', 'NAVER', 'GOOGLE')),
  success boolean NOT NULL,
  failure_reason text,
  suspicious boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT login_history_failure_has_reason CHECK (success = (failure_reason IS NULL))
);

CREATE INDEX login_history_user ON user_service.login_history (user_id, created_at DESC);
CREATE INDEX login_history_ip ON user_service.login_history (ip, created_at DESC);
