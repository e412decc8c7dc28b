-- Generated from the migrated database by `npm run generate`: do not edit. A migration changes the schema.

CREATE SCHEMA user_service;
GRANT USAGE ON SCHEMA user_service TO user_svc_user;

ALTER DEFAULT PRIVILEGES IN SCHEMA user_service GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO user_svc_user;

CREATE TABLE user_service.auth_tokens (
  id uuid NOT NULL DEFAULT uuidv7(),
  user_id uuid NOT NULL,
  refresh_token_hash text NOT NULL,
  token_family uuid NOT NULL,
  access_token_jti uuid NOT NULL,
  ip inet,
  user_agent text,
  issued_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  revoked boolean NOT NULL DEFAULT false,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT auth_tokens_pkey PRIMARY KEY (id),
  CONSTRAINT auth_tokens_refresh_token_hash_unique UNIQUE (refresh_token_hash),
  CONSTRAINT auth_tokens_revoked_has_time CHECK ((revoked = (revoked_at IS NOT NULL))),
  CONSTRAINT auth_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_service.users(id) ON DELETE CASCADE
);
CREATE INDEX auth_tokens_expiry ON user_service.auth_tokens USING btree (expires_at);
CREATE INDEX auth_tokens_family ON user_service.auth_tokens USING btree (token_family);
CREATE INDEX auth_tokens_user ON user_service.auth_tokens USING btree (user_id) WHERE (NOT revoked);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.auth_tokens TO user_svc_user;

CREATE TABLE user_service.consents (
  user_id uuid NOT NULL,
  terms_id text NOT NULL,
  version integer NOT NULL,
  agreed_at timestamp with time zone NOT NULL DEFAULT now(),
  withdrawn_at timestamp with time zone,
  CONSTRAINT consents_pkey PRIMARY KEY (user_id, terms_id, version),
  CONSTRAINT consents_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_service.users(id) ON DELETE CASCADE
);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.consents TO user_svc_user;

CREATE TABLE user_service.email_codes (
  id uuid NOT NULL DEFAULT uuidv7(),
  email_lookup text NOT NULL,
  purpose text NOT NULL,
  code_hash text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  expires_at timestamp with time zone NOT NULL,
  verified_at timestamp with time zone,
  consumed_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT email_codes_attempts_check CHECK ((attempts >= 0)),
  CONSTRAINT email_codes_pkey PRIMARY KEY (id),
  CONSTRAINT email_codes_purpose_check CHECK ((purpose = ANY (ARRAY['SIGNUP'::text, 'EMAIL_CHANGE'::text, 'REVIVE'::text, 'PASSWORD_RESET'::text])))
);
CREATE INDEX email_codes_address ON user_service.email_codes USING btree (email_lookup, purpose, created_at DESC);
CREATE INDEX email_codes_expiry ON user_service.email_codes USING btree (expires_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.email_codes TO user_svc_user;

CREATE TABLE user_service.login_attempts (
  email_lookup text NOT NULL,
  failures integer NOT NULL,
  last_failed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT login_attempts_failures_check CHECK ((failures > 0)),
  CONSTRAINT login_attempts_pkey PRIMARY KEY (email_lookup)
);
CREATE INDEX login_attempts_age ON user_service.login_attempts USING btree (last_failed_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.login_attempts TO user_svc_user;

CREATE TABLE user_service.login_history (
  id uuid NOT NULL DEFAULT uuidv7(),
  user_id uuid,
  ip inet,
  user_agent text,
  method text NOT NULL,
  success boolean NOT NULL,
  failure_reason text,
  suspicious boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT login_history_failure_has_reason CHECK ((success = (failure_reason IS NULL))),
  CONSTRAINT login_history_method_check CHECK ((method = ANY (ARRAY['EMAIL'::text, 'KAKAO'::text, 'NAVER'::text, 'GOOGLE'::text]))),
  CONSTRAINT login_history_pkey PRIMARY KEY (id),
  CONSTRAINT login_history_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_service.users(id) ON DELETE CASCADE
);
CREATE INDEX login_history_ip ON user_service.login_history USING btree (ip, created_at DESC);
CREATE INDEX login_history_user ON user_service.login_history USING btree (user_id, created_at DESC);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.login_history TO user_svc_user;

CREATE TABLE user_service.password_resets (
  id uuid NOT NULL DEFAULT uuidv7(),
  user_id uuid NOT NULL,
  token_hash text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT password_resets_pkey PRIMARY KEY (id),
  CONSTRAINT password_resets_token_hash_unique UNIQUE (token_hash),
  CONSTRAINT password_resets_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_service.users(id) ON DELETE CASCADE
);
CREATE INDEX password_resets_expiry ON user_service.password_resets USING btree (expires_at);
CREATE INDEX password_resets_user ON user_service.password_resets USING btree (user_id, created_at DESC);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.password_resets TO user_svc_user;

CREATE TABLE user_service.social_accounts (
  id uuid NOT NULL DEFAULT uuidv7(),
  user_id uuid NOT NULL,
  provider text NOT NULL,
  provider_user_id text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT social_accounts_pkey PRIMARY KEY (id),
  CONSTRAINT social_accounts_provider_check CHECK ((provider = ANY (ARRAY['KAKAO'::text, 'NAVER'::text, 'GOOGLE'::text]))),
  CONSTRAINT social_accounts_provider_user_unique UNIQUE (provider, provider_user_id),
  CONSTRAINT social_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_service.users(id) ON DELETE CASCADE,
  CONSTRAINT social_accounts_user_provider_unique UNIQUE (user_id, provider)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.social_accounts TO user_svc_user;

CREATE TABLE user_service.terms (
  id text NOT NULL,
  version integer NOT NULL,
  language text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  required boolean NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT terms_language_check CHECK ((language = ANY (ARRAY['ko'::text, 'en'::text]))),
  CONSTRAINT terms_pkey PRIMARY KEY (id, version, language),
  CONSTRAINT terms_version_check CHECK ((version > 0))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.terms TO user_svc_user;

CREATE TABLE user_service.used_identity_verifications (
  id text NOT NULL,
  user_id uuid,
  purpose text NOT NULL,
  used_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT used_identity_verifications_pkey PRIMARY KEY (id),
  CONSTRAINT used_identity_verifications_purpose_check CHECK ((purpose = ANY (ARRAY['SIGNUP'::text, 'PASSWORD_RESET'::text, 'REVIVE'::text]))),
  CONSTRAINT used_identity_verifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_service.users(id) ON DELETE SET NULL
);
CREATE INDEX used_identity_verifications_user ON user_service.used_identity_verifications USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.used_identity_verifications TO user_svc_user;

CREATE TABLE user_service.users (
  id uuid NOT NULL DEFAULT uuidv7(),
  email text NOT NULL,
  email_lookup text NOT NULL,
  password_hash text,
  name text NOT NULL,
  phone text,
  phone_lookup text,
  ci text,
  ci_lookup text,
  di text,
  di_lookup text,
  role text NOT NULL DEFAULT 'USER'::text,
  status text NOT NULL DEFAULT 'ACTIVE'::text,
  email_verified_at timestamp with time zone,
  last_login_at timestamp with time zone,
  dormant_at timestamp with time zone,
  deleted_at timestamp with time zone,
  personal_data_destroyed_at timestamp with time zone,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT users_ci_has_lookup CHECK (((ci IS NULL) = (ci_lookup IS NULL))),
  CONSTRAINT users_ci_lookup_unique UNIQUE (ci_lookup),
  CONSTRAINT users_deleted_has_time CHECK (((status = 'DELETED'::text) = (deleted_at IS NOT NULL))),
  CONSTRAINT users_email_lookup_unique UNIQUE (email_lookup),
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['USER'::text, 'ADMIN'::text]))),
  CONSTRAINT users_status_check CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'DORMANT'::text, 'DELETED'::text])))
);
CREATE INDEX users_di_lookup ON user_service.users USING btree (di_lookup) WHERE (di_lookup IS NOT NULL);
CREATE INDEX users_phone_lookup ON user_service.users USING btree (phone_lookup) WHERE (phone_lookup IS NOT NULL);
CREATE INDEX users_quiet ON user_service.users USING btree (last_login_at) WHERE (status = 'ACTIVE'::text);
CREATE INDEX users_to_destroy ON user_service.users USING btree (deleted_at) WHERE ((status = 'DELETED'::text) AND (personal_data_destroyed_at IS NULL));
CREATE TRIGGER set_updated_at BEFORE UPDATE ON user_service.users FOR EACH ROW EXECUTE FUNCTION common.set_updated_at();
GRANT DELETE, INSERT, SELECT, UPDATE ON user_service.users TO user_svc_user;
