-- Rights of the role under which the desk runs: rows, no structure. Run it as the owner of the database after
-- every `insurer db upgrade`:
--     psql -v ON_ERROR_STOP=1 -v app=insurer_app -f docs/deploy/roles.sql <address of the database>
-- What is written once (docs/decisions/0003) is guarded by triggers; this role has not even the right to try.

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"app";
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"app";

SELECT format('REVOKE UPDATE, DELETE ON %s FROM %I', tgrelid::regclass, :'app')
  FROM pg_trigger WHERE tgname = 'written_once' \gexec

REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM :"app";
