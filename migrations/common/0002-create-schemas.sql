-- One schema a service; a role reaches its own and common, with DML only. What PUBLIC may do by default is taken away.
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format(
    'GRANT CONNECT ON DATABASE %I TO user_svc_user, event_svc_user, reservation_svc_user, payment_svc_user',
    current_database()
  );
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA common;
CREATE SCHEMA user_service;
CREATE SCHEMA event_service;
CREATE SCHEMA reservation_service;
CREATE SCHEMA payment_service;

GRANT USAGE ON SCHEMA common TO user_svc_user, event_svc_user, reservation_svc_user, payment_svc_user;
GRANT USAGE ON SCHEMA user_service TO user_svc_user;
GRANT USAGE ON SCHEMA event_service TO event_svc_user;
GRANT USAGE ON SCHEMA reservation_service TO reservation_svc_user;
GRANT USAGE ON SCHEMA payment_service TO payment_svc_user;

-- Default privileges: later migrations create tables and need no grant of their own.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA common
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO user_svc_user, event_svc_user, reservation_svc_user, payment_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA user_service GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO user_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA event_service GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO event_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA reservation_service
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO reservation_svc_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA payment_service GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO payment_svc_user;

-- Trigger of every table with updated_at: the database's clock, and no UPDATE can forget it.
CREATE FUNCTION common.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END
$$;
