-- Roles belong to the cluster, databases are many (each test clones one): every step here is safe to repeat.
-- Passwords are set by the migration runner, so that none stands in a file.
DO $$
DECLARE
  role_name text;
  setting record;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['user_svc_user', 'event_svc_user', 'reservation_svc_user', 'payment_svc_user'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT NOCREATEDB NOCREATEROLE', role_name);
    END IF;

    FOR setting IN
      SELECT name, value
      FROM (VALUES
        ('search_path', format('%s, common', replace(role_name, '_svc_user', '_service'))),
        ('statement_timeout', '10s'),
        ('lock_timeout', '3s'),
        ('idle_in_transaction_session_timeout', '15s')
      ) AS wanted (name, value)
    LOOP
      -- Writing an equal value would still make two racing databases collide on the shared catalog row.
      IF NOT EXISTS (
        SELECT FROM pg_roles WHERE rolname = role_name AND setting.name || '=' || setting.value = ANY (rolconfig)
      ) THEN
        EXECUTE format(
          'ALTER ROLE %I SET %I = %s',
          role_name,
          setting.name,
          CASE setting.name WHEN 'search_path' THEN setting.value ELSE quote_literal(setting.value) END
        );
      END IF;
    END LOOP;
  END LOOP;
END
$$;
