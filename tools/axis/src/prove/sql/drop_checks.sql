-- Inherited ones go with those of the parent.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT r.conrelid::regclass::text AS relation, r.conname AS name
          FROM pg_constraint r
          JOIN pg_class c ON c.oid = r.conrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE r.contype = 'c' AND r.coninhcount = 0
           AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         ORDER BY 1, 2
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', found.relation, found.name);
    END LOOP;
    FOR found IN
        SELECT r.contypid::regtype::text AS type, r.conname AS name
          FROM pg_constraint r
          JOIN pg_type t ON t.oid = r.contypid
          JOIN pg_namespace n ON n.oid = t.typnamespace
         WHERE r.contype = 'c' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         ORDER BY 1, 2
    LOOP
        EXECUTE format('ALTER DOMAIN %s DROP CONSTRAINT %I', found.type, found.name);
    END LOOP;
END
$$;
