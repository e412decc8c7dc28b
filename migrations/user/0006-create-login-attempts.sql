-- Failed log-ins in a row by address, whether or not it has an account: a lock that only accounts had would tell strangers
-- which addresses have one. It takes the place of the two columns of users.
CREATE TABLE user_service.login_attempts (
  email_lookup text PRIMARY KEY,
  failures integer NOT NULL CHECK (failures > 0),
  last_failed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX login_attempts_age ON user_service.login_attempts (last_failed_at);

ALTER TABLE user_service.users
  DROP COLUMN failed_login_count,
  DROP COLUMN locked_until;
