-- email, name, phone, ci and di hold ciphertext when PII_ENCRYPTION is on; the *_lookup columns hold an HMAC of the
-- normalised value for equality and uniqueness (AUTH-004, AUTH-005). A withdrawn account keeps its row, and so its
-- address and CI, until its retention ends (AUTH-017); then the values are replaced and personal_data_destroyed_at is set.
CREATE TABLE user_service.users (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  email text NOT NULL,
  email_lookup text NOT NULL CONSTRAINT users_email_lookup_unique UNIQUE,
  password_hash text,
  name text NOT NULL,
  phone text,
  phone_lookup text,
  ci text,
  ci_lookup text CONSTRAINT users_ci_lookup_unique UNIQUE,
  di text,
  di_lookup text,
  role text NOT NULL DEFAULT 'USER' CHECK (role IN ('USER', 'ADMIN')),
  status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'DORMANT', 'DELETED')),
  email_verified_at timestamptz,
  failed_login_count integer NOT NULL DEFAULT 0 CHECK (failed_login_count >= 0),
  locked_until timestamptz,
  last_login_at timestamptz,
  dormant_at timestamptz,
  deleted_at timestamptz,
  personal_data_destroyed_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_deleted_has_time CHECK ((status = 'DELETED') = (deleted_at IS NOT NULL)),
  CONSTRAINT users_ci_has_lookup CHECK ((ci IS NULL) = (ci_lookup IS NULL))
);

CREATE INDEX users_phone_lookup ON user_service.users (phone_lookup) WHERE phone_lookup IS NOT NULL;
CREATE INDEX users_di_lookup ON user_service.users (di_lookup) WHERE di_lookup IS NOT NULL;
CREATE INDEX users_quiet ON user_service.users (last_login_at) WHERE status = 'ACTIVE';
CREATE INDEX users_to_destroy ON user_service.users (deleted_at)
  WHERE status = 'DELETED' AND personal_data_destroyed_at IS NULL;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON user_service.users
  FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
