-- Each identity verification proves one thing once (AUTH-004): whoever learns its ID later can do nothing with it.
CREATE TABLE user_service.used_identity_verifications (
  id text PRIMARY KEY,
  user_id uuid REFERENCES user_service.users (id) ON DELETE SET NULL,
  purpose text NOT NULL CHECK (purpose IN ('SIGNUP', 'PASSWORD_RESET', 'REVIVE')),
  used_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX used_identity_verifications_user ON user_service.used_identity_verifications (user_id);
