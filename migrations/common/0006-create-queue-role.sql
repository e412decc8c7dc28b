-- The queue service keeps draws (docs/decisions/0010): a role and a schema like those of the other services.
-- Roles belong to the cluster, databases are many: the steps about the role are safe to repeat.
DO $$
DECLARE
  setting record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'queue_svc_user') THEN
    CREATE ROLE queue_svc_user LOGIN NOINHERIT NOCREATEDB NOCREATEROLE;
  END IF;

  FOR setting IN
    SELECT name, value
    FROM (VALUES
      ('search_path', 'queue_service, common'),
      ('statement_timeout', '10s'),
      ('lock_timeout', '3s'),
      ('idle_in_transaction_session_timeout', '15s')
    ) AS wanted (name, value)
  LOOP
    -- Writing an equal value would still make two racing databases collide on the shared catalog row.
    IF NOT EXISTS (
      SELECT FROM pg_roles WHERE rolname = 'queue_svc_user' AND setting.name || '=' || setting.value = ANY (rolconfig)
    ) THEN
      EXECUTE format(
        'ALTER ROLE queue_svc_user SET %I = %s',
        setting.name,
        CASE setting.name WHEN 'search_path' THEN setting.value ELSE quote_literal(setting.value) END
      );
    END IF;
  END LOOP;

  EXECUTE format('GRANT CONNECT ON DATABASE %I TO queue_svc_user', current_database());
END
$$;

CREATE SCHEMA queue_service;

GRANT USAGE ON SCHEMA common, queue_service TO queue_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA queue_service GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO queue_svc_user;

-- The tables of common are older than the role; row level security already keeps their rows apart.
GRANT SELECT, INSERT, UPDATE, DELETE ON common.outbox_events, common.processed_events, common.dead_letters TO queue_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA common GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO queue_svc_user;
