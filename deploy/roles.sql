-- Three roles, none of which can log in, and what each may do in this database.
--
--     axis_migrator   owns every table, and changes them: for `diesel migration run`
--     axis_app        reads and writes the rows of the tables that the server uses: for axis-server
--     axis_reader     reads them: for people and reports
--
-- Run it as the owner of the database, after the migrations, each time there were any. Running it again changes nothing:
--
--     psql -X -1 -v ON_ERROR_STOP=1 -f deploy/roles.sql "$DATABASE_URL_UNPOOLED"
--
-- docs/operations.md says how to make the users who log in. What is not granted here by name, nobody has. `axis dev` and the
-- tests run this file; a test compares it with the tables.

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['axis_migrator', 'axis_app', 'axis_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
    END LOOP;
    -- To hand a table over, one has to be a member of the role that gets it.
    IF NOT pg_has_role(current_user, 'axis_migrator', 'MEMBER') THEN
        EXECUTE format('GRANT axis_migrator TO %I', current_user);
    END IF;
    -- By default everybody may connect and make temporary tables.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO axis_migrator;
GRANT USAGE ON SCHEMA public TO axis_app, axis_reader;

-- The tables, views, sequences, functions and types of the migrations belong to the migrator; those of extensions stay.
DO $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('ALTER %s %s OWNER TO axis_migrator',
                      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
                      oid::regclass)
        FROM pg_catalog.pg_class AS class
        WHERE relnamespace = 'public'::regnamespace
          AND relkind IN ('r', 'p', 'v', 'm', 'S')
          AND relowner <> 'axis_migrator'::regrole
          -- A sequence of a column goes with its table.
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS needed
                          WHERE needed.objid = class.oid AND needed.classid = 'pg_class'::regclass
                            AND needed.deptype IN ('a', 'e', 'i'))
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO axis_migrator', oid::regprocedure)
        FROM pg_catalog.pg_proc AS routine
        WHERE pronamespace = 'public'::regnamespace
          AND proowner <> 'axis_migrator'::regrole
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS needed
                          WHERE needed.objid = routine.oid AND needed.classid = 'pg_proc'::regclass AND needed.deptype = 'e')
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO axis_migrator', type.oid::regtype)
        FROM pg_catalog.pg_type AS type
        WHERE typnamespace = 'public'::regnamespace
          AND typtype IN ('e', 'd')
          AND typowner <> 'axis_migrator'::regrole
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS needed
                          WHERE needed.objid = type.oid AND needed.classid = 'pg_type'::regclass AND needed.deptype = 'e')
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;

-- What was granted before and is no longer below.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, axis_app, axis_reader;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, axis_app, axis_reader;

-- One line for each table and role. Nothing is deleted: a user or a post that is gone has `deleted_at`.
GRANT SELECT, INSERT, UPDATE ON TABLE posts TO axis_app;
GRANT SELECT, INSERT, UPDATE ON TABLE users TO axis_app;
-- Which migrations there are: whether the server may start.
GRANT SELECT ON TABLE __diesel_schema_migrations TO axis_app;

GRANT SELECT ON TABLE posts TO axis_reader;
GRANT SELECT ON TABLE users TO axis_reader;
